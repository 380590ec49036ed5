from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.signal import upfirdn
from torch import Tensor

from latentbo.counting.models import (
    CountGAN,
    CountGANConfig,
    StyleConfig,
    StyleGAN,
    TrainedCountGAN,
)
from latentbo.counting.models.style import CONNECTIONS, MAPPING_COUNTS, STYLE_METHODS
from latentbo.counting.models.style.config import REGRESSING
from latentbo.counting.models.style.discriminator import StyleDiscriminator, batch_deviation
from latentbo.counting.models.style.filters import TAPS, Smoothing
from latentbo.counting.models.style.generator import StyleGenerator
from latentbo.counting.models.style.modulation import StyledConvolution, demodulation
from latentbo.errors import ConfigurationError
from latentbo.models import load_model, save_model
from latentbo.priors import GaussianMixturePrior

SMALL = StyleConfig(
    channels=1,
    size=16,
    num_classes=2,
    max_count=2,
    noise_dimensions=6,
    style_dimensions=8,
    mapping_layers=2,
    width=4,
    max_width=8,
)
NAMES = ("full", "hollow")
COUNTS = torch.tensor([[0, 0], [2, 1], [1, 2], [2, 0]])
GENERATORS = list(product(CONNECTIONS, ["every"])) + [("dense", each) for each in ("first", "none")]
DISCRIMINATORS = [(method, "shared") for method in STYLE_METHODS] + [("mc2", "separate")]


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("connections", "mapping_counts"), GENERATORS)
def test_generators_use_noise_and_counts_and_all_parameters(
    connections: str, mapping_counts: str
) -> None:
    torch.manual_seed(0)
    sizes = replace(SMALL, connections=connections, mapping_counts=mapping_counts, channels=3)
    network = StyleGenerator(sizes)
    noise = torch.randn(4, 6, requires_grad=True)
    counts = COUNTS.float().requires_grad_()
    images = network(noise, counts, random())
    assert images.shape == (4, 3, 16, 16)
    (images * torch.randn_like(images)).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    assert noise.grad is not None
    assert counts.grad is not None
    assert (noise.grad.abs().amax(0) > 0).all()
    assert (counts.grad.abs().amax(0) > 0).all()


@pytest.mark.parametrize(("method", "trunk"), DISCRIMINATORS)
def test_discriminators_have_the_heads_of_their_method(method: str, trunk: str) -> None:
    torch.manual_seed(0)
    network = StyleDiscriminator(replace(SMALL, method=method, trunk=trunk))
    images, counts = torch.rand(9, 1, 16, 16) * 2 - 1, torch.cartesian_prod(*[torch.arange(3)] * 2)
    said = network(images, counts)
    assert said.realness.shape == (9,)
    assert (said.counts is not None) == (method in REGRESSING)
    assert (said.embedded is not None) == (said.wanted is not None) == (method == "contrastive")
    outputs = [said.realness, said.counts, said.embedded, said.wanted]
    sum((x * torch.randn_like(x)).sum() for x in outputs if x is not None).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name
    same = network(images, counts.flip(0)).realness.equal(said.realness)
    assert same == (method in ("mc2", "contrastive"))


def test_what_the_count_head_tells_of_an_image_depends_on_it_alone() -> None:
    torch.manual_seed(0)
    network = StyleDiscriminator(SMALL)
    images = torch.rand(8, 1, 16, 16)
    told, realness = network(images, COUNTS).counts, network(images, COUNTS).realness
    assert told.allclose(
        torch.cat([network(one[None], COUNTS).counts for one in images]), atol=1e-5
    )
    assert not realness.allclose(network(images[:4], COUNTS).realness[:4].repeat(2), atol=1e-5)


def test_sizes_are_those_of_the_configuration() -> None:
    wide = StyleConfig(size=64, width=16, max_width=48)
    assert wide.sides == (4, 8, 16, 32, 64)
    assert [wide.width_at(side) for side in wide.sides] == [48, 48, 48, 32, 16]
    network = StyleGenerator(replace(SMALL, size=32))
    assert network.synthesis.num_styles == 8
    assert set(network.synthesis.skips) == {"0-1", "0-2", "1-2", "0-3", "1-3", "2-3"}
    residual = StyleGenerator(replace(SMALL, size=32, connections="residual"))
    assert set(residual.synthesis.skips) == {"0-1", "1-2", "2-3"}
    outputs = StyleGenerator(replace(SMALL, size=32, connections="output-skips"))
    assert (len(outputs.synthesis.skips), len(outputs.synthesis.images)) == (0, 4)


@pytest.mark.parametrize(
    ("where", "sizes"), list(zip(MAPPING_COUNTS, ([8, 10], [8, 8], [6, 8]), strict=True))
)
def test_counts_enter_where_they_are_told_to(where: str, sizes: list[int]) -> None:
    torch.manual_seed(0)
    mapping = StyleGenerator(replace(SMALL, mapping_counts=where)).mapping
    weights = [each for each in mapping.parameters() if each.ndim == 2]
    assert [weight.shape[1] for weight in weights] == sizes
    styles = mapping(torch.randn(1, 6).expand(2, -1), torch.tensor([[0, 1], [2, 1]]))
    assert styles.shape == (2, mapping.outputs)
    # A product of matrices may round its rows differently, so equal rows need not be equal bits.
    assert styles[0, :8].allclose(styles[1, :8], atol=1e-4) == (where == "none")
    assert not styles[0].allclose(styles[1], atol=1e-4)


def test_demodulated_weights_have_unit_norm() -> None:
    torch.manual_seed(0)
    weight, styles = torch.randn(5, 3, 3, 3), torch.randn(4, 3) * torch.tensor([0.01, 1.0, 30.0])
    each = (
        weight
        * styles[:, None, :, None, None]
        * demodulation(weight, styles)[..., None, None, None]
    )
    assert each.flatten(2).norm(dim=2).numpy() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("doubles", [False, True])
def test_scaled_maps_are_as_scaled_weights(doubles: bool) -> None:
    """The layer against a convolution of each image by weights of its own."""
    torch.manual_seed(0)
    layer = StyledConvolution(3, 5, 6, doubles)
    torch.nn.init.normal_(layer.bias)
    maps, styles = torch.randn(4, 3, 8, 8), torch.randn(4, 6)
    found = layer(maps, styles, random())
    scales = layer.affine(styles)
    for image, scale, out in zip(maps, scales, found, strict=True):
        weight = layer.weight * scale[:, None, None]
        weight = weight / weight.flatten(1).norm(dim=1)[:, None, None, None]
        if doubles:
            spread = torch.zeros(1, 3, 17, 17)
            spread[..., 1:16:2, 1:16:2] = image
            wide = torch.nn.functional.conv2d(spread, weight.flip(2, 3), padding=1)
            expected = layer.smoothing(wide, padding=1, gain=4.0)  # type: ignore[misc]
        else:
            expected = torch.nn.functional.conv2d(image[None], weight, padding=1)
        expected = torch.nn.functional.leaky_relu(expected[0] + layer.bias[:, None, None], 0.2)
        assert out.allclose(expected * 2**0.5, atol=1e-4)
    with torch.no_grad():
        layer.noise_strength.fill_(1.0)
    assert not layer(maps, styles, random()).allclose(found)
    assert layer(maps, styles, random(1)).equal(layer(maps, styles, random(1)))


def by_scipy(image: np.ndarray, up: int, down: int, gain: float) -> np.ndarray:
    taps = np.array(TAPS) / sum(TAPS) * gain
    once = upfirdn(taps, image, up, down, axis=0)
    return np.asarray(upfirdn(taps, once, up, down, axis=1))


def test_filters_are_those_of_scipy() -> None:
    smoothing, maps = Smoothing(), torch.randn(2, 3, 8, 8, generator=random())
    whole = smoothing(maps, padding=3)
    doubled, halved = smoothing.doubled(maps), smoothing.halved(maps)
    for image, all_of_it, twice, half in zip(
        *(x.flatten(0, 1).numpy() for x in (maps, whole, doubled, halved)), strict=True
    ):
        assert all_of_it == pytest.approx(by_scipy(image, 1, 1, 1.0), abs=1e-5)
        assert twice == pytest.approx(by_scipy(image, 2, 1, 2.0)[1:-1, 1:-1], abs=1e-5)
        assert half == pytest.approx(by_scipy(image, 1, 1, 1.0)[2:-1:2, 2:-1:2], abs=1e-5)
    flat = torch.ones(1, 1, 8, 8)
    assert smoothing.doubled(flat)[..., 1:-1, 1:-1].allclose(torch.ones(14, 14))
    assert smoothing.halved(flat)[..., 1:-1, 1:-1].allclose(torch.ones(2, 2))


def test_filters_compute_half_precision_in_single_on_processors() -> None:
    torch.manual_seed(0)
    smoothing, maps = Smoothing(), torch.randn(2, 3, 8, 8).bfloat16()
    for call in (smoothing.doubled, smoothing.halved, lambda x: smoothing(x, padding=2)):
        found = call(maps)
        assert found.dtype == torch.bfloat16
        assert found.equal(call(maps.float()).bfloat16())


def test_filters_have_the_right_gradients_of_gradients() -> None:
    smoothing = Smoothing().double()
    maps = torch.randn(1, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    for call in (smoothing.doubled, smoothing.halved, lambda x: smoothing(x, padding=2)):
        squared = lambda x, call=call: call(x).square()  # noqa: E731
        assert torch.autograd.gradcheck(squared, (maps,))
        assert torch.autograd.gradgradcheck(squared, (maps,))


def test_deviations_are_those_of_groups() -> None:
    maps = torch.randn(8, 2, 4, 4, generator=random())
    found = batch_deviation(maps)
    assert found.shape == (8, 1, 4, 4)
    for start in (0, 1):
        expected = maps[start::2].std(0, unbiased=False).mean()
        assert found[start::2].numpy() == pytest.approx(float(expected), abs=1e-5)
    assert batch_deviation(maps[:1]).max() < 1e-3
    assert batch_deviation(maps[:7]).max() < 1e-3  # seven groups of one


def test_mixed_styles_are_the_first_up_to_some_layer_and_then_the_second() -> None:
    network = StyleGenerator(replace(SMALL, size=32))
    first, second = torch.zeros(300, 3), torch.ones(300, 3)
    mixed = network.mixed(first, second, 0.6, random())[..., 0]
    assert (mixed.diff(dim=1) >= 0).all()
    assert (mixed[:, 0] == 0).all()
    changed = mixed[:, -1] == 1
    assert 0.5 < changed.float().mean() < 0.7
    assert mixed[changed].sum(1).unique().tolist() == [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture(scope="module")
def model() -> TrainedCountGAN:
    torch.manual_seed(0)
    network = StyleGAN(SMALL)
    for name, parameter in network.average.named_parameters():
        if name.endswith("noise_strength"):
            parameter.fill_(0.3)
    return TrainedCountGAN(network, GaussianMixturePrior.standard_normal(6), NAMES, {"data": "x"})


def test_samples_depend_on_the_seed_and_the_counts_only(model: TrainedCountGAN) -> None:
    images = model.sample(COUNTS, random(3))
    assert images.shape == (4, 1, 16, 16)
    assert 0 <= images.min() <= images.max() <= 1
    assert images.equal(model.sample(COUNTS, random(3)))
    assert not images.equal(model.sample(COUNTS, random(4)))
    assert not images.equal(model.sample(COUNTS.flip(1), random(3)))


def test_truncation_makes_images_alike_and_keeps_the_counts(model: TrainedCountGAN) -> None:
    many = COUNTS[1:3].repeat_interleave(50, 0)
    spreads = [
        model.sample(many, random(), truncation).unflatten(0, (2, 50)).std(1).mean()
        for truncation in (0.0, 0.5, 1.0)
    ]
    assert spreads[0] < spreads[1] < spreads[2]
    network = model.network
    assert isinstance(network, StyleGAN)
    centres = network.centres(many)
    assert centres[:50].equal(centres[:1].expand(50, -1))
    assert not centres[0].allclose(centres[50])
    styles = network.average.mapping(torch.randn(4000, 6), many[:1].expand(4000, -1))
    assert (styles.mean(0) - centres[0]).abs().max() < 0.2 * styles.std(0).max()
    simple = CountGAN(CountGANConfig(size=16, num_classes=2, noise_dimensions=6, width=4, growth=4))
    plain = TrainedCountGAN(simple, model.prior, NAMES)
    with pytest.raises(ConfigurationError, match=r"truncation 0.5 needs a generator with styles"):
        plain.sample(COUNTS, random(), 0.5)


def test_a_folder_gives_the_same_model_back(model: TrainedCountGAN, tmp_path: Path) -> None:
    save_model(model, tmp_path)
    again = load_model(tmp_path, kind=TrainedCountGAN)
    assert again.config == model.config
    images = model.sample(COUNTS, random())
    assert again.sample(COUNTS, random()).equal(images)
    told, told_again = model.predicted_counts(images), again.predicted_counts(images)
    assert isinstance(told, Tensor)
    assert isinstance(told_again, Tensor)
    assert told.equal(told_again)


def test_the_probability_of_augmentations_follows_the_signs() -> None:
    network = StyleGAN(SMALL)
    expected = 0.0
    for logits, step in ((torch.ones(40), 0.4), (torch.tensor([3.0, -1.0] * 5), -0.1)):
        network.note_signs(logits[:4])
        network.note_signs(logits[4:])
        network.adapt(target=0.6, images_to_one=100)
        expected += step
        assert float(network.augment_probability) == pytest.approx(expected)
        assert network.signs.tolist() == [0, 0]
    network.note_signs(-torch.ones(1000))
    network.adapt(target=0.6, images_to_one=100)
    assert float(network.augment_probability) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "acgan"}, "unknown method 'acgan'.*mc2, mc2-conditional, plain, projection"),
        ({"mapping_counts": "last"}, "unknown mapping_counts 'last'"),
        ({"connections": "skip"}, "unknown connections 'skip'"),
        ({"trunk": "both"}, "unknown trunk 'both'"),
        ({"size": 24}, "power of two of at least 8, not 24"),
        ({"size": 4}, "power of two of at least 8, not 4"),
        ({"mapping_layers": 0}, "mapping_layers must be at least 1"),
        ({"mapping_rate": 0.0}, "mapping_rate must be positive"),
    ],
)
def test_sizes_that_cannot_be_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        replace(SMALL, **change)
