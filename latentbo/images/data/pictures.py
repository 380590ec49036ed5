"""Read picture files (PNG, JPEG, BMP, WebP); unreadable files are errors, never skipped."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from latentbo.errors import DataError
from latentbo.images.data.split import Fit

#: File extensions of pictures, in lower case.
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "WEBP")


def read_picture(path: Path) -> Tensor:
    """Read a picture as red, green and blue bytes, rotated by its EXIF orientation.

    Grey pictures get three equal channels; transparent parts become black.

    Args:
        path: A PNG, JPEG, BMP or WebP file.

    Returns:
        A `3 x h x w`-dim uint8 tensor.

    Raises:
        DataError: If the file is damaged, is not such a picture, has more than 8 bits per channel,
            or too many pixels for memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                return _colours(ImageOps.exif_transpose(image))
    except Exception as error:  # Pillow's decoders raise many types for damaged files
        raise DataError(f"{path} cannot be read as a picture ({error})") from error


def _colours(image: Image.Image) -> Tensor:
    if image.mode.startswith(("I", "F")):
        raise ValueError(f"more than 8 bits a colour, mode {image.mode}")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.new("RGBA", seen.size, (0, 0, 0, 255))
        image.alpha_composite(seen)
    pixels = np.array(image.convert("RGB"), dtype=np.uint8)
    return torch.from_numpy(pixels).permute(2, 0, 1)


def read_pictures(paths: Sequence[Path], fit: Fit, size: tuple[int, int] | None = None) -> Tensor:
    """Read pictures, each resized immediately, so that large ones are not kept in memory.

    Args:
        paths: The files; at least one.
        fit: Resizes `1 x 3 x h x w` bytes.
        size: Required height and width of every file, in pixels; None: any.

    Returns:
        An `n x 3 x h x w`-dim uint8 tensor.

    Raises:
        DataError: If files cannot be read (the message counts them and names the first), or if
            their final sizes differ.
    """
    images: list[Tensor] = []
    failures: list[str] = []
    for path in paths:
        try:
            images.append(fit(_of_size(path, size)[None])[0].contiguous())
        except DataError as error:
            failures.append(str(error))
    if failures:
        raise DataError(
            f"{len(failures)} of {len(paths)} pictures cannot be used: fix or remove them; the "
            f"first: {failures[0]}"
        )
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise DataError(
                f"the pictures differ in size ({paths[0]}: {_size(images[0])}, {path}: "
                f"{_size(image)}); give size=N to bring all to N x N pixels"
            )
    return torch.stack(images)


def _of_size(path: Path, size: tuple[int, int] | None) -> Tensor:
    image = read_picture(path)
    if size is not None and image.shape[1:] != size:
        raise DataError(f"{path} has {_size(image)} pixels, not {size[0]} x {size[1]}")
    return image


def _size(image: Tensor) -> str:
    return f"{image.shape[-2]} x {image.shape[-1]}"
