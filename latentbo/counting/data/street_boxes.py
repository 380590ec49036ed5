"""Boxes of cars and persons in Cityscapes images, from two sets of published annotations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentbo.counting.data.source_files import field_of, read_json
from latentbo.errors import DataError

BOX_KINDS = ("visible", "full")
#: Of CityPersons: pedestrians, riders and sitting persons count as persons (thesis 3.4.1).
PERSONS = ("pedestrian", "rider", "sitting person")
#: A crowd, with an unknown number of persons.
GROUP = "person group"
IMAGES, CARS, PEOPLE = "leftImg8bit", "gtBbox3d", "gtBboxCityPersons"

#: Left, top, width, height, in pixels.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Street:
    """One image and its boxes.

    Args:
        path: The picture.
        width: Its width, in pixels, as the annotations say.
        height: Its height.
        cars: The boxes of its cars.
        persons: The boxes of its persons.
        groups: The boxes of its crowds.
    """

    path: Path
    width: int
    height: int
    cars: tuple[Box, ...]
    persons: tuple[Box, ...]
    groups: tuple[Box, ...]


def read_streets(folder: Path, split: str, kind: str) -> list[Street]:
    """Read the annotations of a split, in the order of the files' names.

    Args:
        folder: Holds `leftImg8bit/`, `gtBbox3d/` (Cityscapes 3D) and `gtBboxCityPersons/`, each
            with `split/city/city_000000_000000_*`.
        split: `train` or `val`.
        kind: `visible` (the unoccluded part: Cityscapes 3D's modal box) or `full`.

    Raises:
        DataError: If there is no image, an annotation is missing, or a file is damaged.
    """
    paths = sorted((folder / IMAGES / split).glob(f"*/*_{IMAGES}.png"))
    if not paths:
        raise DataError(
            f"{folder / IMAGES / split} holds no picture CITY/*_{IMAGES}.png; unpack "
            f"{IMAGES}_trainvaltest.zip there"
        )
    return [_street(folder, path, split, kind) for path in paths]


def _street(folder: Path, path: Path, split: str, kind: str) -> Street:
    stem = path.name.removesuffix(f"_{IMAGES}.png")
    files = [folder / name / split / path.parent.name / f"{stem}_{name}.json" for name in
             (CARS, PEOPLE)]  # fmt: skip
    seen, people = (read_json(file) for file in files)
    where, where_people = map(str, files)
    cars = [
        _box(field_of(entry, "2d", dict, where), "modal" if kind == "visible" else "amodal", where)
        for entry in field_of(seen, "objects", list, where)
        if field_of(entry, "label", str, where) == "car"
    ]
    key = "bboxVis" if kind == "visible" else "bbox"
    named = [
        (field_of(entry, "label", str, where_people), _box(entry, key, where_people))
        for entry in field_of(people, "objects", list, where_people)
    ]
    width, height = (field_of(people, f"img{side}", int, where_people) for side in
                     ("Width", "Height"))  # fmt: skip
    return Street(
        path=path,
        width=width,
        height=height,
        cars=tuple(cars),
        persons=tuple(box for label, box in named if label in PERSONS),
        groups=tuple(box for label, box in named if label == GROUP),
    )


def _box(entry: Any, name: str, where: str) -> Box:
    values = field_of(entry, name, list, where)
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) != 4 or len(values) != 4 or min(numbers[2:]) < 0:
        raise DataError(f"{where}: {name} is {values}, not left, top, width and height")
    return float(numbers[0]), float(numbers[1]), float(numbers[2]), float(numbers[3])
