"""SVHN's cropped digits: MATLAB files with images `X` (32 x 32 x 3 x n) and labels `y` (n x 1)."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.io import loadmat, whosmat
from torch import Tensor

from latentbo.errors import DataError
from latentbo.images.data.registry import ImageDataset
from latentbo.images.data.split import Fit, ImageSplit

#: The label of the digit 0 in the files.
ZERO = 10
#: Maximum compression by deflate; a declared size beyond it is false.
MAX_RATIO = 1032


def svhn_file(split: str) -> str:
    """Return the published name of a split's file."""
    return f"{split}_32x32.mat"


def open_svhn(dataset: ImageDataset, folder: Path, split: str) -> ImageSplit | None:
    """Read a split of SVHN's cropped digits.

    Args:
        dataset: The entry of the registry.
        folder: Folder of `train_32x32.mat` or `test_32x32.mat`.
        split: `train` or `test`.

    Returns:
        The images (`n x 3 x 32 x 32`) and labels (10 in the file is the digit 0), or None if the
        file is missing.

    Raises:
        DataError: If the file is damaged or has other content.
    """
    path = folder / svhn_file(split)
    if not path.is_file():
        return None
    _check_declared(path)
    content = _matlab(path, loadmat, variable_names=["X", "y"])
    pixels: npt.NDArray[np.uint8] = content["X"]
    if pixels.dtype != np.uint8:
        raise DataError(f"{path} is not SVHN's cropped digits: X holds {pixels.dtype}, not bytes")
    labels = _labels(path, content["y"])

    def read(positions: Tensor, fit: Fit) -> Tensor:
        # The file's last dimension indexes images; select first, then copy.
        chosen = pixels[..., positions.numpy()].transpose(3, 2, 0, 1)
        return fit(torch.from_numpy(np.ascontiguousarray(chosen)))

    return ImageSplit(pixels.shape[-1], labels, dataset.class_names, read)


def _matlab(path: Path, function: Callable[..., Any], **options: Any) -> Any:
    try:
        return function(path, **options)
    except Exception as error:  # scipy raises many types for damaged files
        raise DataError(
            f"{path} cannot be read as a MATLAB file ({error}); get it again"
        ) from error


def _check_declared(path: Path) -> None:
    """Check names, types and sizes before reading pixels."""
    declared = {name: (shape, kind) for name, shape, kind in _matlab(path, whosmat)}
    for name in ("X", "y"):
        if name not in declared:
            raise DataError(
                f"{path} is not SVHN's cropped digits: no variable {name!r} beside "
                f"{', '.join(declared) or 'nothing'}"
            )
    shape, kind = declared["X"]
    if len(shape) != 4 or shape[:3] != (32, 32, 3) or kind != "uint8":
        raise DataError(
            f"{path} is not SVHN's cropped digits: X is {kind} of shape {shape}, not uint8 of "
            "shape (32, 32, 3, n)"
        )
    if math.prod(declared["y"][0]) != shape[3] or not shape[3]:
        raise DataError(f"{path} holds {shape[3]} images, but y has shape {declared['y'][0]}")
    if math.prod(shape) > MAX_RATIO * path.stat().st_size:
        raise DataError(
            f"{path} is cut or damaged: it declares {math.prod(shape):,} values; get it again"
        )


def _labels(path: Path, values: npt.NDArray[Any]) -> Tensor:
    flat = np.asarray(values).reshape(-1)
    if not np.isin(flat, np.arange(1, ZERO + 1)).all():
        raise DataError(f"{path} has labels other than 1, 2, ..., 10")
    labels = torch.from_numpy(flat.astype(np.int64))
    return torch.where(labels == ZERO, 0, labels)
