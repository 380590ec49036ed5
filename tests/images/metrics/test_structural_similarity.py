import math

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics import (
    SIMILARITY_PRESETS,
    SimilarityConfig,
    multiscale_similarity,
)


def smooth(n: int, size: int, seed: int, channels: int = 1) -> Tensor:
    """Random blobs in [0, 1]."""
    source = torch.Generator().manual_seed(seed)
    coarse = torch.rand(n, channels, 6, 6, generator=source, dtype=torch.float64)
    return torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(0, 1)


def noisy(images: Tensor, seed: int, amount: float = 0.1) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    noise = torch.randn(images.shape, generator=source, dtype=images.dtype)
    return (images + amount * noise).clamp(0, 1)


@pytest.mark.parametrize(("channels", "second"), [(1, "noisy"), (3, "mixed")])
def test_equals_torchmetrics(channels: int, second: str) -> None:
    torchmetrics = pytest.importorskip("torchmetrics.functional.image")
    first = smooth(2, 176, 0, channels)
    other = noisy(first, 1) if second == "noisy" else (first + smooth(2, 176, 2, channels)) / 2
    for weights in (SimilarityConfig().weights, (0.3, 0.7)):
        expected = torchmetrics.multiscale_structural_similarity_index_measure(
            first, other, reduction="none", data_range=1.0, betas=weights, normalize="relu"
        )
        ours = multiscale_similarity(first, other, SimilarityConfig(weights, mirror_last=True))
        torch.testing.assert_close(ours, expected.to(ours), rtol=1e-5, atol=1e-8)
        assert 0.01 < float(ours.min()) < float(ours.max()) < 0.99


def test_mirrored_edges_change_little() -> None:
    first = smooth(3, 176, 0)
    second = noisy(first, 1)
    inside, mirrored = (
        multiscale_similarity(first, second, SimilarityConfig(mirror_last=mirror))
        for mirror in (False, True)
    )
    assert not torch.equal(inside, mirrored)
    torch.testing.assert_close(inside, mirrored, rtol=0.1, atol=0)


def test_by_hand() -> None:
    # One scale, the window as large as the image and flat: plain means and variances.
    first, second = smooth(2, 4, 0), smooth(2, 4, 1)
    for x, y, value in zip(first, second, multiscale_similarity(first, second, FLAT), strict=True):
        covariance = float((x * y).mean() - x.mean() * y.mean())
        spread = float(x.var(correction=0) + y.var(correction=0))
        means = float(x.mean()), float(y.mean())
        luminance = (2 * means[0] * means[1] + 1e-4) / (means[0] ** 2 + means[1] ** 2 + 1e-4)
        expected = luminance * (2 * covariance + 9e-4) / (spread + 9e-4)
        assert float(value) == pytest.approx(max(expected, 0), rel=1e-6)


FLAT = SimilarityConfig((1.0,), 4, 1e6)


@pytest.mark.parametrize("preset", SIMILARITY_PRESETS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
class TestPresets:
    def images(self, preset: str, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        size = 176 if preset == "five-scales" else 28
        first = smooth(4, size, 0).to(dtype)
        return first, noisy(first, 1)

    def test_equal_images(self, preset: str, dtype: torch.dtype) -> None:
        first, _ = self.images(preset, dtype)
        for images in (first, torch.zeros_like(first), torch.ones_like(first)):
            assert torch.equal(
                multiscale_similarity(images, images, preset), torch.ones(4, dtype=dtype)
            )

    def test_range_and_symmetry(self, preset: str, dtype: torch.dtype) -> None:
        first, second = self.images(preset, dtype)
        for other in (second, 1 - first, smooth(4, first.shape[-1], 3).to(dtype)):
            values = multiscale_similarity(first, other, preset)
            assert values.dtype == dtype
            assert bool(((values >= 0) & (values < 1)).all())
            torch.testing.assert_close(multiscale_similarity(other, first, preset), values)

    def test_falls_with_noise(self, preset: str, dtype: torch.dtype) -> None:
        first, _ = self.images(preset, dtype)
        values = [
            float(multiscale_similarity(first, noisy(first, 1, amount), preset).mean())
            for amount in (0.01, 0.05, 0.2)
        ]
        assert values == sorted(values, reverse=True)

    def test_each_pair_on_its_own(self, preset: str, dtype: torch.dtype) -> None:
        first, second = self.images(preset, dtype)
        alone = [
            multiscale_similarity(x[None], y[None], preset)
            for x, y in zip(first, second, strict=True)
        ]
        torch.testing.assert_close(multiscale_similarity(first, second, preset), torch.cat(alone))


def test_thesis_counts_the_last_scale_four_times() -> None:
    first = smooth(2, 32, 0)
    second = noisy(first, 1)
    weights = SIMILARITY_PRESETS["thesis"].weights
    assert weights[-1] == pytest.approx(0.5332)
    once = SimilarityConfig((*weights[:-1], 0.1333), 6, shrink_window=True)
    last = SimilarityConfig((1e-12, 1e-12, 1e-12, 1e-12, 3 * 0.1333), 6, shrink_window=True)
    torch.testing.assert_close(
        multiscale_similarity(first, second, "thesis"),
        multiscale_similarity(first, second, once) * multiscale_similarity(first, second, last),
        rtol=1e-6,
        atol=0,
    )


def test_standard_weights_sum_to_one() -> None:
    standard = SIMILARITY_PRESETS["standard"]
    assert math.fsum(standard.weights) == pytest.approx(1)
    assert standard.least_size == 28


class TestErrors:
    def test_size(self) -> None:
        images = torch.zeros(1, 1, 27, 40)
        with pytest.raises(InputError, match="27 x 40 pixels are too small for 3 scales: use at l"):
            multiscale_similarity(images, images)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (torch.zeros(2, 1, 28, 28), torch.zeros(1, 1, 28, 28)),
            (torch.zeros(1, 28, 28), torch.zeros(1, 28, 28)),
            (torch.zeros(1, 1, 28, 28).byte(), torch.zeros(1, 1, 28, 28).byte()),
        ],
    )
    def test_shape(self, first: Tensor, second: Tensor) -> None:
        with pytest.raises(InputError, match="give two n x c x h x w tensors of one shape"):
            multiscale_similarity(first, second)

    def test_options(self) -> None:
        images = torch.zeros(1, 1, 28, 28)
        with pytest.raises(ConfigurationError, match="unknown preset 'best'; choose one of stan"):
            multiscale_similarity(images, images, "best")
        with pytest.raises(ConfigurationError, match=r"one positive number a scale, got \(\)"):
            SimilarityConfig(())
        with pytest.raises(ConfigurationError, match="positive size and sigma, got 0 pixels"):
            SimilarityConfig(window_size=0)
