"""The IDX format of MNIST and Fashion-MNIST, gzipped or not.

A file is: two zero bytes, a byte for the type (8: unsigned bytes), a byte for the number of
dimensions, each dimension as a big-endian 32-bit number, then the values, last dimension fastest.
"""

import gzip
import io
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import torch

from latentbo.errors import DataError
from latentbo.images.data.registry import ImageDataset
from latentbo.images.data.split import ImageSplit, of_tensor

UNSIGNED_BYTES = 8
GZIP_MAGIC = b"\x1f\x8b"
#: Maximum compression by deflate; a declared size beyond it is false.
MAX_RATIO = 1032
MAX_BYTES = 2**31
PREFIXES = {"train": "train", "test": "t10k"}


def read_idx(path: Path, dimensions: int) -> npt.NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes.

    The declared sizes are checked against the size of the file before reading, so that a small gzip
    file cannot allocate much memory.

    Args:
        path: The file, gzipped or not (detected by its first bytes).
        dimensions: Required number of dimensions: 3 for images, 1 for labels.

    Returns:
        An array of that many dimensions.

    Raises:
        DataError: If the file cannot be read, is not an IDX file of that kind, is truncated, or too
            long.
    """
    try:
        return _read(path, dimensions)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}); get the file again") from error


def _read(path: Path, dimensions: int) -> npt.NDArray[np.uint8]:
    with path.open("rb") as file:
        stored = file.seek(0, io.SEEK_END)
        file.seek(0)
        zipped = file.read(2) == GZIP_MAGIC
        file.seek(0)
        if not zipped:
            return _parse(path, file, dimensions, stored)
        with gzip.GzipFile(fileobj=file) as content:
            return _parse(path, content, dimensions, min(MAX_RATIO * stored, MAX_BYTES))


def _parse(
    path: Path, file: BinaryIO | gzip.GzipFile, dimensions: int, most: int
) -> npt.NDArray[np.uint8]:
    shape = _shape(path, file, dimensions)
    expected = math.prod(shape)
    if expected > most:
        raise DataError(
            f"{path} is cut or damaged: its head declares {expected:,} values, but the file can "
            f"hold {most:,} at most; get the file again"
        )
    # Reading one byte more than declared detects a longer file, and verifies gzip's checksum.
    content = file.read(expected + 1)
    if len(content) != expected:
        found = f"{len(content):,}" if len(content) < expected else "more"
        raise DataError(
            f"{path} is cut or damaged: its head declares {expected:,} values, it holds {found}; "
            "get the file again"
        )
    return np.frombuffer(bytearray(content), dtype=np.uint8).reshape(shape)


def _shape(path: Path, file: BinaryIO | gzip.GzipFile, dimensions: int) -> tuple[int, ...]:
    magic = file.read(4)
    expected = bytes((0, 0, UNSIGNED_BYTES, dimensions))
    if magic != expected:
        raise DataError(
            f"{path} is no IDX file of unsigned bytes in {dimensions} dimension(s): it begins with "
            f"{magic.hex() or 'nothing'}, not {expected.hex()}"
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) != 4 * dimensions:
        raise DataError(f"{path} is cut within its head; get the file again")
    return struct.unpack(f">{dimensions}I", sizes)


def idx_files(split: str) -> tuple[str, str]:
    """Return the published names of a split's images and labels, without `.gz`."""
    prefix = PREFIXES[split]
    return f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"


def open_idx(dataset: ImageDataset, folder: Path, split: str) -> ImageSplit | None:
    """Read a split of MNIST or Fashion-MNIST from a folder of its published files.

    Args:
        dataset: One of the two.
        folder: Folder of `train-images-idx3-ubyte.gz` and so on, gzipped or not.
        split: `train` or `test`.

    Returns:
        The images (`n x 1 x h x w`) and labels, or None if the folder holds neither file.

    Raises:
        DataError: If a file is missing or damaged, or the files do not belong together or belong to
            another data set.
    """
    paths = [_stored(folder, name) for name in idx_files(split)]
    if paths == [None, None]:
        return None
    for path, name in zip(paths, idx_files(split), strict=True):
        if path is None:
            raise DataError(f"{folder} holds only half of {dataset.name}: {name} is missing")
    image_path, label_path = (path for path in paths if path is not None)
    images, labels = read_idx(image_path, 3), read_idx(label_path, 1)
    _check(dataset, split, image_path, images, labels)
    return of_tensor(
        torch.from_numpy(images)[:, None],
        torch.from_numpy(labels.astype(np.int64)),
        dataset.class_names,
    )


def _stored(folder: Path, name: str) -> Path | None:
    # Some unpackers write train-images.idx3-ubyte. Gzipped first: it has a checksum.
    for stem in (name, name.replace("-idx", ".idx")):
        for suffix in (".gz", ""):
            path = folder / f"{stem}{suffix}"
            if path.is_file():
                return path
    return None


def _check(
    dataset: ImageDataset,
    split: str,
    path: Path,
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.uint8],
) -> None:
    if len(images) != len(labels):
        raise DataError(f"{path} holds {len(images)} images, the labels beside it {len(labels)}")
    if not len(images):
        raise DataError(f"{path} holds no image")
    if images.shape[1:] != dataset.native_size:
        raise DataError(
            f"{path} is not {dataset.name}: images of {images.shape[1]} x {images.shape[2]} pixels"
        )
    if dataset.classes is not None and labels.max() >= dataset.classes:
        raise DataError(f"the labels beside {path} go up to {labels.max()}, not to 9")
    first = (dataset.first_labels or {}).get(split, ())
    begins = tuple(labels[: len(first)].tolist())
    if len(images) == dataset.counts[split] and begins != first:
        raise DataError(
            f"{path} is not {dataset.name}: its labels begin with {begins}, not {first}; "
            "another data set has files of the same names"
        )
