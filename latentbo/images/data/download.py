"""Downloads by torchvision, which has the mirrors and the files' checksums."""

import http.client
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from latentbo.errors import DataError
from latentbo.images.data.locations import FOLDER_VARIABLE, cache_place
from latentbo.images.data.registry import ImageDataset


def download_images(dataset: ImageDataset) -> Path:
    """Download a data set, all splits, into latentbo's cache.

    All goes to a folder beside its final one first, which is renamed when all is there: a download
    that was cut is never taken for data, and the next one goes on from its whole files.

    Args:
        dataset: `mnist`, `fashion-mnist`, `svhn` or `celeba`.

    Returns:
        The folder in the cache.

    Raises:
        DataError: If torchvision is missing, the download fails, or the cache cannot be written.
    """
    target = cache_place(dataset)
    partial = target.with_name(f"{target.name}.part")
    try:
        fetch = _fetchers()[dataset.name]
        partial.mkdir(parents=True, exist_ok=True)
        fetch(partial)
        os.replace(partial, target)
    # torchvision raises RuntimeError for wrong checksums and for a missing gdown (CelebA).
    except (ImportError, OSError, RuntimeError, ValueError, http.client.HTTPException) as error:
        raise DataError(
            f"the download of {dataset.name!r} into {target} failed ({error}): try again, or get "
            f"the files from {dataset.url} and name their folder with directory or "
            f"{FOLDER_VARIABLE}"
        ) from error
    return target


def _fetchers() -> dict[str, Callable[[Path], Any]]:
    from torchvision import datasets  # noqa: PLC0415  (optional, and slow to import)

    def svhn(root: Path) -> None:
        for split in ("train", "test"):
            datasets.SVHN(root, split=split, download=True)

    return {
        "mnist": lambda root: datasets.MNIST(root, download=True),
        "fashion-mnist": lambda root: datasets.FashionMNIST(root, download=True),
        "svhn": svhn,
        "celeba": lambda root: datasets.CelebA(root, split="all", download=True),
    }
