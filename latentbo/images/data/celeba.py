"""CelebA as published: a folder of aligned faces, and a list of their splits."""

from collections.abc import Callable
from pathlib import Path

from torch import Tensor

from latentbo.errors import DataError
from latentbo.images.data.pictures import read_pictures
from latentbo.images.data.registry import ImageDataset
from latentbo.images.data.split import Fit, ImageSplit

IMAGE_FOLDER = "img_align_celeba"
PARTITION = "list_eval_partition.txt"
SPLITS = {"0": "train", "1": "valid", "2": "test"}


def read_partition(path: Path, split: str) -> list[str]:
    """Return the file names of a split in the order of the list.

    Args:
        path: `list_eval_partition.txt`: per line a file name and 0 (train), 1 (valid) or 2 (test).
        split: One of these words.

    Raises:
        DataError: If the list cannot be read, or a line has another form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error})") from error
    chosen = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        # A name with a folder could point outside the data set.
        if len(words) != 2 or words[1] not in SPLITS or Path(words[0]).name != words[0]:
            raise DataError(f"{path}, line {number}: {line!r} is not a file name and 0, 1 or 2")
        if SPLITS[words[1]] == split:
            chosen.append(words[0])
    return chosen


def open_celeba(dataset: ImageDataset, folder: Path, split: str) -> ImageSplit | None:
    """Find a split of CelebA's aligned faces; pictures are decoded on use.

    Args:
        dataset: The entry of the registry.
        folder: Folder of `img_align_celeba/` and `list_eval_partition.txt`, or of `Img/` and
            `Eval/` with them, as published.
        split: `train`, `valid` or `test`.

    Returns:
        The images (`n x 3 x 218 x 178` before cropping), without labels; None if there are no
        files.

    Raises:
        DataError: If the folder or the list is missing, the list is damaged, or listed pictures are
            missing.
    """
    images = _first(Path.is_dir, folder / IMAGE_FOLDER, folder / "Img" / IMAGE_FOLDER)
    partition = _first(Path.is_file, folder / PARTITION, folder / "Eval" / PARTITION)
    if images is None and partition is None:
        return None
    if images is None or partition is None:
        missing = f"{IMAGE_FOLDER}/ (unpacked)" if images is None else PARTITION
        raise DataError(f"{folder} holds only half of {dataset.name}: {missing} is missing")
    names = read_partition(partition, split)
    present = {path.name for path in images.iterdir()}
    absent = [name for name in names if name not in present]
    if absent or not names:
        what = f"{len(absent)} of {len(names)} pictures are missing, first {absent[:1]}"
        raise DataError(f"{images}, split {split}: {what if absent else 'no picture is listed'}")

    def read(positions: Tensor, fit: Fit) -> Tensor:
        paths = [images / names[position] for position in positions.tolist()]
        return read_pictures(paths, fit, dataset.native_size)

    return ImageSplit(len(names), None, None, read)


def _first(is_kind: Callable[[Path], bool], *paths: Path) -> Path | None:
    return next((path for path in paths if is_kind(path)), None)
