"""Windows of a made-up street whose pixels tell their own column (red) and row (green)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.counting.data.city import CityConfig, build_city, inside, windows
from latentbo.counting.data.street_boxes import Street, read_streets
from latentbo.errors import ConfigurationError, DataError

Write = Callable[..., Path]
#: Two cars close together, one far away, one too small; windows are 32 pixels.
CARS = [(20.0, 20.0, 12.0, 10.0), (30.0, 22.0, 10.0, 8.0), (100.0, 40.0, 12.0, 8.0), (60, 5, 7, 7)]
PERSONS = [("pedestrian", (22.0, 24.0, 6.0, 14.0)), ("rider", (84.0, 30.0, 6.0, 14.0))]
SMALL = CityConfig(window=32)


def street(folder: Path, **options: Any) -> Street:
    return read_streets(folder, "train", options.get("kind", "visible"))[0]


def test_counts_in_windows(write_street: Write, tmp_path: Path) -> None:
    found = windows(street(write_street(tmp_path, CARS, PERSONS)), SMALL)
    assert {(w.left, w.top, w.counts) for w in found} == {
        (10, 9, (2, 1)),  # round the first car
        (19, 10, (2, 1)),  # round the second
        (90, 28, (1, 0)),  # round the third: the rider's box is cut in half at most
        (9, 15, (2, 1)),  # round the pedestrian
        (71, 21, (0, 1)),  # round the rider: less than half of the third car
    }


def test_windows_stay_inside_the_image(write_street: Write, tmp_path: Path) -> None:
    cars = [(0.0, 0.0, 10.0, 10.0), (120.0, 56.0, 8.0, 8.0)]
    found = windows(street(write_street(tmp_path, cars, [])), SMALL)
    assert {(w.left, w.top) for w in found} == {(0, 0), (96, 32)}


@pytest.mark.parametrize(
    ("label", "number"), [("pedestrian", 1), ("rider", 1), ("sitting person", 1), ("ignore", 0)]
)
def test_who_is_a_person(write_street: Write, tmp_path: Path, label: str, number: int) -> None:
    car = (40.0, 20.0, 12.0, 10.0)
    folder = write_street(tmp_path, [car], [(label, (42.0, 22.0, 8.0, 14.0))])
    assert windows(street(folder), SMALL)[0].counts == (1, number)


def test_crowds_too_many_and_too_small(write_street: Write, tmp_path: Path) -> None:
    car = (40.0, 20.0, 12.0, 10.0)
    crowd = write_street(tmp_path / "crowd", [car], [("person group", (38.0, 20.0, 16.0, 14.0))])
    assert windows(street(crowd), SMALL) == []
    many = write_street(tmp_path / "many", [car] * 6, [])
    assert windows(street(many), SMALL) == []
    small = write_street(tmp_path / "small", [(40.0, 20.0, 7.0, 7.0)], [])
    assert windows(street(small), SMALL) == []
    assert windows(street(small), CityConfig(window=32, least_area=49)) != []


def test_visible_or_full_boxes(write_street: Write, tmp_path: Path) -> None:
    folder = write_street(tmp_path, CARS, PERSONS)
    assert street(folder).cars[0][0] == 20
    assert street(folder, kind="full").cars[0][0] == 1020
    assert street(folder, kind="full").persons[0][0] == 1022


@given(
    st.tuples(*[st.integers(-10, 40)] * 2, *[st.integers(1, 30)] * 2),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_inside_counts_pixels(box: tuple[int, int, int, int], left: int, top: int) -> None:
    pixels = [
        left <= box[0] + x < left + 16 and top <= box[1] + y < top + 16
        for x in range(box[2])
        for y in range(box[3])
    ]
    assert inside(box, left, top, 16) == (2 * sum(pixels) > len(pixels))


@pytest.fixture
def folder(write_street: Write, tmp_path: Path) -> Path:
    write_street(tmp_path, CARS, PERSONS)
    write_street(tmp_path, CARS[2:3], [], name="aachen_000001_000019")
    return write_street(tmp_path, CARS, PERSONS, split="val")


def test_cut_windows_show_what_they_should(folder: Path) -> None:
    built = build_city(CityConfig(window=32, left_out=("person=0",)), folder)
    assert set(built.splits) == {"train", "test", "left_out", "left_out_test"}
    train = built.splits["train"]
    assert (train.class_names, train.images.shape[1:]) == (("car", "person"), (3, 32, 32))
    corners = {tuple(image[:2, 0, 0].tolist()): tuple(counts.tolist()) for image, counts in
               zip(train.images, train.counts, strict=True)}  # fmt: skip
    assert corners == {(10, 9): (2, 1), (19, 10): (2, 1), (9, 15): (2, 1), (71, 21): (0, 1)}
    assert built.splits["left_out"].combinations() == {(1, 0): 2}
    assert built.splits["left_out_test"].combinations() == {(1, 0): 1}


def test_cars_without_persons(folder: Path) -> None:
    built = build_city(CityConfig("citycar", window=32, size=16), folder)
    train = built.splits["train"]
    assert (train.class_names, train.combinations()) == (("car",), {(1,): 2})
    assert train.images.shape == (2, 3, 16, 16)


def test_only_so_many_of_a_combination(folder: Path) -> None:
    chosen = [
        build_city(CityConfig(window=32, per_combination=1, seed=seed), folder).splits["train"]
        for seed in (0, 0, 1, 2, 3)
    ]
    assert all(set(part.combinations().values()) == {1} for part in chosen)
    assert chosen[0].images.equal(chosen[1].images)
    assert any(not chosen[0].images.equal(part.images) for part in chosen)


def change(folder: Path, kind: str, **values: Any) -> None:
    path = folder / kind / "train" / "aachen" / f"aachen_000000_000019_{kind}.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


CAR = {"label": "car", "2d": {"modal": [1, 2, 3], "amodal": [1, 2, 3, 4]}}
MINUS = {"label": "car", "2d": {"modal": [1, 2, -3, 4], "amodal": [1, 2, 3, 4]}}
PEOPLE = "gtBboxCityPersons"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "gtBbox3d").rename(f / "x"), "gtBbox3d is missing.*cityscapes-dataset.com"),
        (lambda f: (f / PEOPLE / "train" / "aachen").rename(f / "x"), "cannot be read"),
        (lambda f: (f / "leftImg8bit/val/aachen").rename(f / "x"), r"holds no picture CITY/"),
        (lambda f: change(f, "gtBbox3d", objects=None), "no 'objects' that is a list"),
        (lambda f: change(f, "gtBbox3d", objects=[{}]), "no 'label' that is a str"),
        (lambda f: change(f, "gtBbox3d", objects=[CAR]), r"modal is \[1, 2, 3\], not left, top"),
        (lambda f: change(f, "gtBbox3d", objects=[MINUS]), "not left, top, width and height"),
        (lambda f: change(f, PEOPLE, objects=[{"label": "rider"}]), "no 'bboxVis' that is a list"),
        (lambda f: change(f, PEOPLE, imgWidth=None), "no 'imgWidth' that is a int"),
        (lambda f: change(f, PEOPLE, imgWidth=16), "16 x 64 pixels, less than a window of 32"),
        (lambda f: change(f, PEOPLE, imgWidth=200), "has 128 x 64 pixels, its annotations say 200"),
    ],
)
def test_damage_is_told(folder: Path, damage: Callable[[Path], Any], message: str) -> None:
    damage(folder)
    with pytest.raises(DataError, match=message):
        build_city(SMALL, folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"builder": "citybus"}, "citycount or citycar"),
        ({"boxes": "half"}, "visible or full"),
        ({"window": 4}, "window is 4"),
        ({"least_area": float("nan")}, "least_area is nan"),
        ({"most": 0}, "most is 0"),
        ({"left_out": ("bus=1",)}, "with a class of car, person"),
    ],
)
def test_settings_that_cannot_be_used(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        CityConfig(**options)  # type: ignore[arg-type]
