"""CityCount and CityCar: windows of Cityscapes images with few cars and persons (thesis 3.4.1)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from latentbo.counting.data.combinations import Combination, LeftOut
from latentbo.counting.data.dataset import CountData, CountDataset, Report, separate, silent
from latentbo.counting.data.source_files import check_folder, check_numbers, choose, squash
from latentbo.counting.data.street_boxes import BOX_KINDS, Box, Street, read_streets
from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data.pictures import read_picture

#: Builder -> classes, in the order of the counts.
CITY_BUILDERS = {"citycount": ("car", "person"), "citycar": ("car",)}
#: The published test annotations are secret, so that validation is the test.
PUBLISHED = {"train": "train", "test": "val"}
FOLDERS = ("leftImg8bit", "gtBbox3d", "gtBboxCityPersons")
ADVICE = (
    "Register at https://www.cityscapes-dataset.com/ (non-commercial licence), get "
    "leftImg8bit_trainvaltest.zip, gtBbox3d_trainvaltest.zip (Cityscapes 3D) and "
    "gtBbox_cityPersons_trainval.zip, unpack them in one folder, and name it"
)


@dataclass(frozen=True)
class CityConfig:
    """Settings of the windows.

    Args:
        builder: `citycount` (cars and persons) or `citycar` (windows without persons).
        window: Side of a window in pixels of the source.
        most: The largest count of a class; windows with more are skipped.
        least_area: Boxes of fewer square pixels are ignored.
        per_combination: Maximum number of windows per combination and side.
        boxes: `visible` (the unoccluded part) or `full`.
        left_out: Rules for combinations excluded from training (see `LeftOut`).
        size: Side of an image in pixels; None keeps the window's.
        seed: Of the random choice.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    builder: str = "citycount"
    window: int = 256
    most: int = 5
    least_area: float = 50.0
    per_combination: int = 1000
    boxes: str = "visible"
    left_out: tuple[str, ...] = ()
    size: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_numbers(self.size, self.per_combination, self.most, self.seed)
        if self.builder not in CITY_BUILDERS or self.boxes not in BOX_KINDS:
            raise ConfigurationError(
                f"builder is {self.builder!r} and boxes is {self.boxes!r}; give "
                f"{' or '.join(CITY_BUILDERS)}, and {' or '.join(BOX_KINDS)}"
            )
        if not 8 <= self.window <= 1024 or not self.least_area >= 0:
            raise ConfigurationError(
                f"window is {self.window} and least_area is {self.least_area}; give 8 to 1024 "
                "pixels, and 0 or more"
            )
        LeftOut(self.left_out, self.class_names)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        return CITY_BUILDERS[self.builder]


@dataclass(frozen=True)
class Window:
    """A square window of an image.

    Args:
        street: The image.
        left: Its left column.
        top: Its top row.
        counts: Its counts.
    """

    street: Street
    left: int
    top: int
    counts: Combination


def inside(box: Box, left: int, top: int, side: int) -> bool:
    """Return whether more than half of a box lies in a square window."""
    wide = min(box[0] + box[2], left + side) - max(box[0], left)
    high = min(box[1] + box[3], top + side) - max(box[1], top)
    return wide > 0 and high > 0 and wide * high > box[2] * box[3] / 2


def windows(street: Street, config: CityConfig) -> list[Window]:
    """Return the windows of an image: one round each car and person, moved inside at the border.

    A window with more than half of a crowd is skipped, because its count is unknown.

    Args:
        street: The image and its boxes.
        config: Which windows.

    Raises:
        DataError: If the image is smaller than a window.
    """
    if min(street.width, street.height) < config.window:
        raise DataError(
            f"{street.path} has {street.width} x {street.height} pixels, less than a window of "
            f"{config.window}"
        )
    cars, persons = (_large(boxes, config.least_area) for boxes in (street.cars, street.persons))
    centres = cars + persons if config.builder == "citycount" else cars
    corners = dict.fromkeys(_corner(box, street, config.window) for box in centres)
    found = []
    for left, top in corners:
        counts = tuple(_count(boxes, left, top, config.window) for boxes in (cars, persons))
        crowd = _count(street.groups, left, top, config.window)
        if crowd or max(counts) > config.most or (config.builder == "citycar" and counts[1]):
            continue
        found.append(Window(street, left, top, counts[: len(config.class_names)]))
    return found


def _large(boxes: Sequence[Box], least: float) -> list[Box]:
    return [box for box in boxes if box[2] * box[3] >= least]


def _count(boxes: Sequence[Box], left: int, top: int, side: int) -> int:
    return sum(inside(box, left, top, side) for box in boxes)


def _corner(box: Box, street: Street, side: int) -> tuple[int, int]:
    left = round(box[0] + box[2] / 2 - side / 2)
    top = round(box[1] + box[3] / 2 - side / 2)
    return min(max(left, 0), street.width - side), min(max(top, 0), street.height - side)


def build_city(config: CityConfig, folder: Path, report: Report = silent) -> CountData:
    """Cut windows out of Cityscapes; its training and validation images are train and test.

    Args:
        config: Which windows.
        folder: Where the three archives are unpacked (see `read_streets`).
        report: Callback with the number of windows.

    Raises:
        DataError: If files are missing or damaged, or a picture's size is not as annotated.
    """
    check_folder(folder, FOLDERS, "Cityscapes with both sets of boxes", ADVICE)
    random = np.random.default_rng(config.seed)
    plans = {side: _plan(config, folder, side, random) for side in PUBLISHED}
    total, done = sum(map(len, plans.values())), 0
    size = config.size or config.window
    sides = {}
    for side, plan in plans.items():
        images = torch.empty((len(plan), 3, size, size), dtype=torch.uint8)
        picture, path = torch.empty(0), None
        for place, window in enumerate(plan):
            # Windows of one image follow each other: it is read once.
            if window.street.path != path:
                path, picture = window.street.path, _picture(window.street)
            bottom, right = window.top + config.window, window.left + config.window
            images[place] = squash(picture[:, window.top : bottom, window.left : right], size)
            done += 1
            report(done, total)
        counts = torch.tensor([window.counts for window in plan], dtype=torch.int64)
        counts = counts.reshape(-1, len(config.class_names))
        sides[side] = CountDataset(images, counts, config.class_names, side)
    sources = {side: f"Cityscapes, {published}" for side, published in PUBLISHED.items()}
    left_out = LeftOut(config.left_out, config.class_names)
    return CountData(config.builder, asdict(config), sources, separate(sides, left_out))


def _plan(config: CityConfig, folder: Path, side: str, random: np.random.Generator) -> list[Window]:
    streets = read_streets(folder, PUBLISHED[side], config.boxes)
    found = [window for street in streets for window in windows(street, config)]
    chosen = choose([window.counts for window in found], config.per_combination, random)
    return [found[place] for place in chosen]


def _picture(street: Street) -> torch.Tensor:
    picture = read_picture(street.path)
    if picture.shape[1:] != (street.height, street.width):
        raise DataError(
            f"{street.path} has {picture.shape[2]} x {picture.shape[1]} pixels, its annotations "
            f"say {street.width} x {street.height}"
        )
    return picture
