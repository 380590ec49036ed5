"""SVHN-2: house numbers with at most two of each digit (thesis 3.4.1; Netzer et al., 2011)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil, floor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from latentbo.counting.data.combinations import Combination, LeftOut
from latentbo.counting.data.dataset import CountData, CountDataset, Report, separate, silent
from latentbo.counting.data.digit_boxes import NumberImage, read_digit_boxes
from latentbo.counting.data.source_files import check_folder, check_numbers, choose, squash
from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data.pictures import read_picture

SIDES = ("train", "test")
DIGITS = tuple("0123456789")
BOXES = "digitStruct.mat"
ADVICE = (
    "Get train.tar.gz and test.tar.gz (format 1, full numbers) from "
    "http://ufldl.stanford.edu/housenumbers/ (non-commercial use only), unpack them side by side, "
    "and name the folder that holds train/ and test/"
)


@dataclass(frozen=True)
class SvhnConfig:
    """Settings of the choice of house numbers.

    Args:
        most: The largest count of a digit; images with more are skipped.
        per_combination: Maximum number of images per combination and side.
        margin: Margin on each side of the number, as a fraction of its longer side.
        left_out: Rules for combinations excluded from training (see `LeftOut`).
        size: Side of an image in pixels.
        seed: Of the random choice.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    most: int = 2
    per_combination: int = 1500
    margin: float = 0.15
    left_out: tuple[str, ...] = ()
    size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        check_numbers(self.size, self.per_combination, self.most, self.seed)
        if not 0 <= self.margin <= 10:
            raise ConfigurationError(f"margin is {self.margin}; give 0 to 10")
        LeftOut(self.left_out, DIGITS)


def build_svhn(config: SvhnConfig, folder: Path, report: Report = silent) -> CountData:
    """Cut house numbers out of SVHN's full images.

    Args:
        config: Which numbers.
        folder: Holds `train/` and `test/`, each with pictures and `digitStruct.mat`.
        report: Callback with the number of pictures read.

    Raises:
        DataError: If files are missing or damaged, or h5py is not installed.
    """
    check_folder(folder, [f"{side}/{BOXES}" for side in SIDES], "SVHN's full numbers", ADVICE)
    random = np.random.default_rng(config.seed)
    plans = {side: _plan(config, folder / side / BOXES, random) for side in SIDES}
    total, done = sum(map(len, plans.values())), 0
    sides = {}
    for side, plan in plans.items():
        images = torch.empty((len(plan), 3, config.size, config.size), dtype=torch.uint8)
        for place, entry in enumerate(plan):
            path = folder / side / entry.file
            cut = crop_number(read_picture(path), entry.boxes, config.margin, str(path))
            images[place] = squash(cut, config.size)
            done += 1
            report(done, total)
        counts = torch.tensor([_counts(entry) for entry in plan], dtype=torch.int64)
        sides[side] = CountDataset(images, counts.reshape(-1, len(DIGITS)), DIGITS, side)
    sources = {side: f"SVHN, full numbers, {side}" for side in SIDES}
    left_out = LeftOut(config.left_out, DIGITS)
    return CountData("svhn-2", asdict(config), sources, separate(sides, left_out))


def _plan(config: SvhnConfig, path: Path, random: np.random.Generator) -> list[NumberImage]:
    entries = [entry for entry in read_digit_boxes(path) if max(_counts(entry)) <= config.most]
    chosen = choose([_counts(entry) for entry in entries], config.per_combination, random)
    return [entries[place] for place in chosen]


def _counts(entry: NumberImage) -> Combination:
    return tuple(entry.digits.count(digit) for digit in range(len(DIGITS)))


def crop_number(
    image: Tensor, boxes: Sequence[tuple[float, float, float, float]], margin: float, where: str
) -> Tensor:
    """Cut the surroundings of all digits: a square, but no more than the image has.

    Args:
        image: `c x h x w` bytes.
        boxes: Left, top, width and height of each digit, in pixels.
        margin: Room on each side, as a fraction of the longer side of the number.
        where: For errors.

    Returns:
        A part of the image with all of each box that is inside of it.

    Raises:
        DataError: If the boxes have no size, or lie beside the image.
    """
    if min(box[2] for box in boxes) <= 0 or min(box[3] for box in boxes) <= 0:
        raise DataError(f"{where}: a digit's box has no size: {list(boxes)}")
    spans = []
    for axis, end in ((1, image.shape[1]), (0, image.shape[2])):
        first = max(min(box[axis] for box in boxes), 0)
        last = min(max(box[axis] + box[axis + 2] for box in boxes), end)
        if first >= last:
            raise DataError(f"{where}: the digits' boxes {list(boxes)} lie beside the image")
        spans.append((first, last, end))
    side = max(last - first for first, last, _ in spans) * (1 + 2 * margin)
    rows, columns = (_part((first + last) / 2, side, end) for first, last, end in spans)
    return image[:, rows, columns]


def _part(middle: float, side: float, end: int) -> slice:
    """Return the part of a line round its middle: moved inside where it leads out, then cut."""
    first = min(max(middle - side / 2, 0), max(end - side, 0))
    return slice(floor(first), min(ceil(first + side), end))
