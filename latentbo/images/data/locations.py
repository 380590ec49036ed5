"""Search folders of image data, and the message for missing data."""

import os
from collections.abc import Iterator
from pathlib import Path

from latentbo.data.datasets import cache_folder
from latentbo.images.data.registry import ImageDataset

#: The environment variable that names a folder of image data.
FOLDER_VARIABLE = "LATENTBO_IMAGE_DIR"


def cache_place(dataset: ImageDataset) -> Path:
    """Return the folder in latentbo's cache where the download puts a data set."""
    return cache_folder() / "images" / dataset.name


def places(dataset: ImageDataset, directory: Path | None) -> list[Path]:
    """Return the folders to look in, in order.

    A given directory is the only one. Without it: the folder that `LATENTBO_IMAGE_DIR` names, the
    folders of system packages, the cache.
    """
    if directory is not None:
        return [directory]
    named = os.environ.get(FOLDER_VARIABLE)
    first = [Path(named)] if named else []
    return [*first, *dataset.system_folders, cache_place(dataset)]


def candidates(dataset: ImageDataset, place: Path) -> Iterator[Path]:
    """Yield the folders at a place that may hold the files: sub-folders of its name come first."""
    for root in (*(place / alias for alias in dataset.aliases), place):
        for layout in dataset.layouts:
            yield root / layout


def missing(dataset: ImageDataset, split: str, files: str, looked: list[Path]) -> str:
    """Return the message for a missing data set: its files, searched folders, three remedies."""
    cache = cache_place(dataset)
    other = dataset.other_way or f"put these files into {cache}, where the download would"
    return (
        f"no data for {dataset.name!r}, split {split}: looked for {files} in "
        f"{', '.join(map(str, looked))}. Three ways to get it: (1) allow the download with "
        f"download=True (into {cache}); (2) get the published files from {dataset.url} and name "
        f"their folder with directory, or with the environment variable {FOLDER_VARIABLE}; "
        f"(3) {other}"
    )
