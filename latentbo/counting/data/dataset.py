"""Images with the number of objects of each class: the result of all builders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from latentbo.counting.data.combinations import Combination, LeftOut
from latentbo.errors import DataError

#: `left_out` has the combinations excluded from training, from the training sources (for a counter
#: that must know them); `left_out_test` has them from the test sources.
SPLITS = ("train", "test", "left_out", "left_out_test")
LEFT_OUT_OF = {"train": "left_out", "test": "left_out_test"}

#: Callback with the number of finished items and the total.
Report = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, eq=False)
class CountDataset:
    """Images of one split and their counts.

    Args:
        images: An `n x c x h x w`-dim uint8 tensor, 0 is black.
        counts: An `n x k`-dim int64 tensor: objects of each class.
        class_names: The k classes.
        split: One of `SPLITS`.

    Raises:
        DataError: If shapes, types or values do not fit together.
    """

    images: Tensor
    counts: Tensor
    class_names: tuple[str, ...]
    split: str

    def __post_init__(self) -> None:
        if self.split not in SPLITS:
            raise DataError(f"split is {self.split!r}, not one of {', '.join(SPLITS)}")
        if self.images.dtype != torch.uint8 or self.images.ndim != 4:
            raise DataError(
                f"{self.split}: images must be bytes of shape n x c x h x w, not "
                f"{self.images.dtype} of shape {tuple(self.images.shape)}"
            )
        expected = (len(self.images), len(self.class_names))
        if self.counts.dtype != torch.int64 or self.counts.shape != expected:
            raise DataError(
                f"{self.split}: counts must be int64 of shape {expected} (images x classes), not "
                f"{self.counts.dtype} of shape {tuple(self.counts.shape)}"
            )
        if self.counts.numel() and int(self.counts.min()) < 0:
            raise DataError(f"{self.split}: counts must not be negative")
        if not self.class_names or len(set(self.class_names)) < len(self.class_names):
            raise DataError(f"class names must differ, not {self.class_names}")

    def __len__(self) -> int:
        return len(self.images)

    def combinations(self) -> dict[Combination, int]:
        """Return the number of images per combination, in lexicographic order."""
        if not len(self):
            return {}
        rows, numbers = torch.unique(self.counts, dim=0, return_counts=True)
        return {tuple(row): n for row, n in zip(rows.tolist(), numbers.tolist(), strict=True)}

    def of_combination(self, counts: Combination) -> Tensor:
        """Return the images of a combination, `m x c x h x w`; m is 0 if there are none."""
        return self.images[(self.counts == torch.tensor(counts)).all(dim=1)]


@dataclass(frozen=True, eq=False)
class CountData:
    """The result of a builder.

    Args:
        builder: Its name.
        settings: All its settings, plain values for JSON.
        sources: Sources of the images, plain values for JSON.
        splits: Split -> images; empty splits are omitted.

    Raises:
        DataError: If there is no training image.
    """

    builder: str
    settings: Mapping[str, Any]
    sources: Mapping[str, Any]
    splits: Mapping[str, CountDataset]

    def __post_init__(self) -> None:
        if "train" not in self.splits:
            raise DataError(
                f"{self.builder}: no training image fits the settings (or all are left out): "
                f"{dict(self.settings)}"
            )


def separate(sides: Mapping[str, CountDataset], left_out: LeftOut) -> dict[str, CountDataset]:
    """Move the images of left-out combinations to splits of their own.

    Args:
        sides: `train` and `test`, from different source images.
        left_out: Combinations excluded from training.

    Returns:
        The non-empty splits, in the order of `SPLITS`.
    """
    found = {}
    for side, whole in sides.items():
        away = torch.from_numpy(left_out.of(whole.counts.numpy()))
        for split, mask in ((side, ~away), (LEFT_OUT_OF[side], away)):
            if mask.any():
                part = (whole.images, whole.counts) if mask.all() else _part(whole, mask)
                found[split] = CountDataset(*part, whole.class_names, split)
    return {split: found[split] for split in SPLITS if split in found}


def _part(whole: CountDataset, mask: Tensor) -> tuple[Tensor, Tensor]:
    return whole.images[mask], whole.counts[mask]
