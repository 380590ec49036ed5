"""A folder of the user's own pictures, with sub-folders as classes."""

import hashlib
import os
from pathlib import Path

import torch
from torch import Tensor

from latentbo.errors import DataError
from latentbo.images.data.pictures import SUFFIXES, read_pictures
from latentbo.images.data.registry import ImageDataset
from latentbo.images.data.split import Fit, ImageSplit

#: One of this number of pictures is for testing.
TEST_SHARE = 10


def in_test_split(name: str) -> bool:
    """Return whether a picture is for testing, by its path below the folder, written with `/`.

    One of ten is, by the sha256 of the path: adding pictures does not change the split of others.
    """
    return int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:8]) % TEST_SHARE == 0


def open_folder(dataset: ImageDataset, folder: Path, split: str) -> ImageSplit:
    """Find the pictures of a folder; they are decoded on use.

    Pictures are the files ending in .png, .jpg, .jpeg, .bmp or .webp, at any depth; names that
    begin with a dot are ignored. The first sub-folder is the class; without sub-folders there are
    no labels. If `train` and `test` are the only sub-folders, they are the splits, with the classes
    below; otherwise see `in_test_split`.

    Args:
        dataset: The entry of the registry.
        folder: The folder.
        split: `train` or `test`.

    Returns:
        The pictures in the order of their paths; labels number the sorted class names.

    Raises:
        DataError: If it is not a folder or has no picture of that split, or if pictures are beside
            class folders.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder; give one that holds pictures")
    names = _pictures(folder)
    if {name.split("/")[0] for name in names} == {"train", "test"}:
        chosen = [name for name in names if name.startswith(f"{split}/")]
        classes, labels = _classes(folder, names, chosen, 1)
    else:
        chosen = [name for name in names if in_test_split(name) == (split == "test")]
        classes, labels = _classes(folder, names, chosen, 0)
    if not chosen:
        raise DataError(
            f"{folder} holds no picture for the {split} split ({len(names)} in all; files ending "
            f"in {', '.join(SUFFIXES)} count)"
        )

    def read(positions: Tensor, fit: Fit) -> Tensor:
        return read_pictures([folder / chosen[place] for place in positions.tolist()], fit)

    return ImageSplit(len(chosen), labels, classes, read)


def _pictures(folder: Path) -> list[str]:
    """Return the sorted paths of the pictures below a folder, written with `/`."""
    below = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(
        path.as_posix()
        for path in below
        if path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in path.parts)
    )


def _classes(
    folder: Path, names: list[str], chosen: list[str], depth: int
) -> tuple[tuple[str, ...] | None, Tensor | None]:
    """Return class names over both splits, and the labels of the chosen pictures."""
    free = [name for name in names if len(name.split("/")) == depth + 1]
    if len(free) == len(names):
        return None, None
    if free:
        raise DataError(
            f"{folder} holds {len(free)} pictures beside its class folders (first: {free[0]}): "
            "put all of them into class folders, or none"
        )
    classes = sorted({name.split("/")[depth] for name in names})
    number = {name: label for label, name in enumerate(classes)}
    labels = [number[name.split("/")[depth]] for name in chosen]
    return tuple(classes), torch.tensor(labels, dtype=torch.int64)
