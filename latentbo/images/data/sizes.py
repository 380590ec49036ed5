"""Crop and resize images to the square size of a network's input."""

import torch
import torch.nn.functional as F
from torch import Tensor

from latentbo.errors import ConfigurationError

#: Size before and after a border of zeros (2 pixels per side).
PADDED = (28, 32)
MAX_SIZE = 1024
#: Images resized at a time: as floats they take four times the memory.
CHUNK = 500


def check_size(size: int | None) -> None:
    """Check the side of an image, in pixels.

    Raises:
        ConfigurationError: If it is not between 1 and 1,024.
    """
    if size is not None and not 1 <= size <= MAX_SIZE:
        raise ConfigurationError(f"size is {size}; give a side of 1 to {MAX_SIZE} pixels")


def center_crop(images: Tensor, side: int) -> Tensor:
    """Crop the central square of images `... x h x w`; `side` is at most h and w."""
    top = (images.shape[-2] - side) // 2
    left = (images.shape[-1] - side) // 2
    return images[..., top : top + side, left : left + side]


def fit_square(images: Tensor, size: int | None, *, crop: int | None, pad: bool) -> Tensor:
    """Crop and resize images to a square.

    First the central square of side `crop` is cropped, by default the largest square. With `pad`,
    28 pixels become 32 by a border of zeros; any other change of size is bilinear with
    antialiasing, as in Pillow and torchvision.

    Args:
        images: An `n x c x h x w`-dim uint8 tensor.
        size: The side of the result, in pixels; None keeps the size, after `crop` if given.
        crop: The side of the crop, at most h and w; None: the shorter of h and w.
        pad: Whether 28 pixels become 32 by a border instead of by resizing.

    Returns:
        An `n x c x size x size`-dim uint8 tensor.
    """
    if size is None and crop is None:
        return images
    images = center_crop(images, crop or min(images.shape[-2:]))
    side = images.shape[-1]
    if size is None or size == side:
        return images.contiguous()
    if pad and (side, size) == PADDED:
        border = (size - side) // 2
        return F.pad(images, (border, border, border, border))
    return _resize(images, size)


def _resize(images: Tensor, size: int) -> Tensor:
    resized = torch.empty((*images.shape[:2], size, size), dtype=torch.uint8)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        # In floats: torch's method for bytes fails for some tiny sizes, and rounds differently on
        # different processors.
        pixels = F.interpolate(images[part].float(), (size, size), mode="bilinear", antialias=True)
        resized[part] = pixels.round().clamp(0, 255)
    return resized
