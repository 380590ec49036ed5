import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from latentbo.images.data.sizes import CHUNK, center_crop, fit_square


def noise(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)


def test_padding_moves_no_pixel() -> None:
    images = noise(4, 1, 28, 28)
    padded = fit_square(images, 32, crop=None, pad=True)
    assert padded.shape == (4, 1, 32, 32)
    assert padded[..., 2:30, 2:30].equal(images)
    assert padded.sum() == images.sum()


def test_without_padding_28_pixels_are_enlarged() -> None:
    images = torch.full((1, 1, 28, 28), 9, dtype=torch.uint8)
    assert fit_square(images, 32, crop=None, pad=False).unique().tolist() == [9]
    assert fit_square(images, 64, crop=None, pad=True).unique().tolist() == [9]


@pytest.mark.parametrize(("side", "size"), [(140, 64), (32, 64), (28, 16), (64, 63)])
def test_resizing_equals_pillow(side: int, size: int) -> None:
    images = noise(2, 3, side, side)
    resized = fit_square(images, size, crop=None, pad=True)
    for image, result in zip(images, resized, strict=True):
        picture = Image.fromarray(image.permute(1, 2, 0).numpy())
        expected = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), dtype=int)
        assert np.abs(result.permute(1, 2, 0).numpy().astype(int) - expected).max() <= 1


@settings(max_examples=settings().max_examples // 2)
@given(
    st.integers(0, 3),
    st.sampled_from([1, 3]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 40),
    st.booleans(),
)
def test_the_result_is_a_square_within_the_range_of_the_pixels(
    count: int, channels: int, height: int, width: int, size: int, pad: bool
) -> None:
    images = noise(count, channels, height, width) // 2 + 60
    result = fit_square(images, size, crop=None, pad=pad)
    assert result.shape == (count, channels, size, size)
    assert result.dtype == torch.uint8
    if count and (height, size) != (28, 32):
        assert images.min() <= result.min() <= result.max() <= images.max()


@pytest.mark.parametrize(("height", "width", "side"), [(218, 178, 140), (5, 9, 5), (9, 4, 3)])
def test_the_cut_is_in_the_middle(height: int, width: int, side: int) -> None:
    rows = torch.arange(height)[:, None].expand(height, width)
    columns = torch.arange(width).expand(height, width)
    cut = center_crop(torch.stack([rows, columns]), side)
    assert cut.shape == (2, side, side)
    for positions, length in zip(cut, (height, width), strict=True):
        before, after = int(positions.min()), length - 1 - int(positions.max())
        assert after - before in (0, 1)


def test_without_a_size_nothing_changes() -> None:
    images = noise(2, 3, 9, 4)
    assert fit_square(images, None, crop=None, pad=True).equal(images)
    assert fit_square(images, None, crop=4, pad=True).equal(images[..., 2:6, :])


def test_many_images_are_resized_as_one_by_one() -> None:
    images = noise(CHUNK + 3, 1, 5, 5)
    resized = fit_square(images, 7, crop=None, pad=True)
    for place in (0, CHUNK - 1, CHUNK, CHUNK + 2):
        assert resized[place].equal(fit_square(images[place][None], 7, crop=None, pad=True)[0])
