"""From an image's own height and width to the square that a network takes."""

import torch
import torch.nn.functional as F
from torch import Tensor

from latentbo.errors import ConfigurationError

__all__ = ["PADDED", "center_crop", "check_size", "fit_square"]

#: Images of this size become that size by a border of zeros (2 pixels a side).
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
    """Cut the square in the middle out of images `... x h x w`; `side` is at most h and w."""
    top = (images.shape[-2] - side) // 2
    left = (images.shape[-1] - side) // 2
    return images[..., top : top + side, left : left + side]


def fit_square(images: Tensor, size: int | None, *, crop: int | None, pad: bool) -> Tensor:
    """Cut and resize images to a square.

    First the square of side `crop` in the middle is cut, or without one the largest square. 28
    pixels become 32 by a border of zeros if `pad`; any other change of size is bilinear with
    antialiasing, as Pillow's and torchvision's.

    Args:
        images: An `n x c x h x w`-dim uint8 tensor.
        size: The side of the result, in pixels; None keeps the size, after `crop` if given.
        crop: The side to cut first, at most h and w; None: the shorter of h and w.
        pad: Whether 28 pixels become 32 by a border instead of by enlarging.

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
        # In floats: torch's own way for bytes fails for some tiny sizes, and rounds differently on
        # processors of different kinds.
        pixels = F.interpolate(images[part].float(), (size, size), mode="bilinear", antialias=True)
        resized[part] = pixels.round().clamp(0, 255)
    return resized
