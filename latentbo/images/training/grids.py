"""Pictures of an image model's output: samples, reconstructions, interpolations."""

import io

import torch
from PIL import Image
from torch import Tensor

from latentbo.images.models import TrainedImageModel, as_float, interpolate

# Gap between pictures, in pixels, and its brightness.
GAP, GREY = 2, 0.5
# Smallest side of a picture in the file: 32 pixels are hard to see.
LEAST_SIDE = 48


def grid_png(rows: Tensor) -> bytes:
    """Draw `r x m x c x h x w` images in [0, 1] as r rows of m: a PNG file."""
    num_rows, num_columns, channels, height, width = rows.shape
    scale = max(1, -(-LEAST_SIDE // height))
    large = rows.repeat_interleave(scale, 3).repeat_interleave(scale, 4)
    height, width = height * scale, width * scale
    shape = (num_rows * (height + GAP) + GAP, num_columns * (width + GAP) + GAP)
    canvas = torch.full((channels, *shape), GREY)
    for i in range(num_rows):
        for j in range(num_columns):
            top, left = GAP + i * (height + GAP), GAP + j * (width + GAP)
            canvas[:, top : top + height, left : left + width] = large[i, j]
    pixels = (canvas.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(file, "PNG", optimize=True)
    return file.getvalue()


def sample_grid(model: TrainedImageModel, seed: int = 0, num_columns: int = 10) -> bytes:
    """Draw samples of the prior, one row per component (ten rows for a single one); figure 4.7."""
    generator = torch.Generator().manual_seed(seed)
    num_components = model.prior.num_components
    if num_components == 1:
        images = model.sample(10 * num_columns, generator)
        return grid_png(images.unflatten(0, (10, num_columns)))
    rows = [model.sample(num_columns, generator, component=k) for k in range(num_components)]
    return grid_png(torch.stack(rows))


def reconstruction_grid(model: TrainedImageModel, images: Tensor, num_columns: int = 10) -> bytes:
    """Draw images (`n x c x h x w`), and below each its reconstruction."""
    shown = images[: len(images) // num_columns * num_columns or len(images)]
    columns = min(num_columns, len(shown))
    originals = as_float(shown).unflatten(0, (-1, columns))
    again = model.reconstruct(shown).unflatten(0, (-1, columns))
    return grid_png(torch.stack([originals, again], 1).flatten(0, 1))


def interpolation_grid(
    model: TrainedImageModel, images: Tensor, num_columns: int = 10, spherical: bool = False
) -> bytes:
    """Draw interpolations between pairs of images; first and last are reconstructions.

    Args:
        model: The model.
        images: `2 r x c x h x w`: the two ends of each of r rows.
        num_columns: Pictures per row.
        spherical: Along great circles.
    """
    first, second = model.encode(images).unflatten(0, (-1, 2)).unbind(1)
    codes = interpolate(first, second, torch.linspace(0, 1, num_columns), spherical)
    return grid_png(model.decode(codes.flatten(0, 1)).unflatten(0, codes.shape[:2]))
