"""Images and counts of a data set, in the parts that the experiments need."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from latentbo.counting.data import CountDataset, load_counts, read_manifest
from latentbo.errors import DataError

# One part in so many of the training images validates, but no more than these.
VALIDATION_PART, MOST_VALIDATED = 20, 1000

#: Images (`n x c x h x w`, uint8) and their counts (`n x k`).
Counted = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class StudyData:
    """The parts of a data set.

    Args:
        name: What it is, in words.
        class_names: Of what is counted.
        training: What generators learn from.
        validation: Drawn from the training images.
        test: From other source images.
        left_out: Combinations that generators do not see, from training sources: a counter has to
            know them. None if there are none.
        left_out_test: The same from test sources.
    """

    name: str
    class_names: tuple[str, ...]
    training: Counted
    validation: Counted
    test: Counted
    left_out: Counted | None
    left_out_test: Counted | None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.training[0].shape[1:]
        return channels, height, width

    @property
    def max_count(self) -> int:
        """Most objects of a class in the training images; at least 1."""
        return max(1, int(self.training[1].max()))

    @property
    def real_training(self) -> Counted:
        """All real images of training sources, those of left-out combinations too."""
        return _joined(self.training, self.left_out)

    @property
    def real_test(self) -> Counted:
        """All real images of test sources."""
        return _joined(self.test, self.left_out_test)


def load_study_data(directory: Path, limit: int | None = None) -> StudyData:
    """Read a folder that `python -m latentbo.counting.data` built.

    Args:
        directory: The folder.
        limit: Most training images (a random choice, always the same).

    Raises:
        DataError: If the folder cannot be read, or has too few images or no test images.
    """
    manifest = read_manifest(directory)
    there = set(manifest["splits"])
    for split in ("train", "test"):
        if split not in there:
            raise DataError(f"{directory} has no split {split!r}: build the data set again with it")
    train = load_counts(directory, "train")
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:limit]
    number = max(1, min(MOST_VALIDATED, len(order) // VALIDATION_PART))
    if len(order) < 2 * VALIDATION_PART:
        raise DataError(
            f"{directory} has {len(order)} training images: build at least {2 * VALIDATION_PART}"
        )
    parts = {name: _split(directory, name, there) for name in ("left_out", "left_out_test")}
    test = load_counts(directory, "test")
    return StudyData(
        f"{manifest['builder']}, {train.images.shape[-1]} pixels, {len(order)} training images",
        train.class_names,
        take((train.images, train.counts), order[number:]),
        take((train.images, train.counts), order[:number]),
        (test.images, test.counts),
        parts["left_out"],
        parts["left_out_test"],
    )


def take(data: Counted, rows: Tensor) -> Counted:
    """Return the images with these numbers."""
    return data[0][rows], data[1][rows]


def _split(directory: Path, name: str, there: set[str]) -> Counted | None:
    if name not in there:
        return None
    found: CountDataset = load_counts(directory, name)
    return found.images, found.counts


def _joined(first: Counted, second: Counted | None) -> Counted:
    if second is None:
        return first
    return torch.cat([first[0], second[0]]), torch.cat([first[1], second[1]])
