"""House numbers: the crop for itself, and the published files if h5py is installed."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from latentbo.counting.data.digit_boxes import read_digit_boxes
from latentbo.counting.data.svhn_numbers import SvhnConfig, build_svhn, crop_number
from latentbo.errors import ConfigurationError, DataError

Digit = tuple[int, float, float, float, float]
Entry = tuple[str, Sequence[Digit]]


def ramp(height: int, width: int) -> torch.Tensor:
    """Rows in the first colour, columns in the second."""
    rows = torch.arange(height)[:, None].expand(height, width)
    columns = torch.arange(width)[None].expand(height, width)
    return torch.stack([rows, columns, 0 * rows]).to(torch.uint8)


boxes = st.tuples(st.integers(-5, 80), st.integers(-5, 40), st.integers(6, 20), st.integers(6, 30))


@given(st.lists(boxes, min_size=1, max_size=4), st.floats(0, 1))
def test_the_crop_holds_every_box(found: list[tuple[int, int, int, int]], margin: float) -> None:
    cut = crop_number(ramp(50, 100), found, margin, "here")
    top, left, bottom, right = cut[0].min(), cut[1].min(), cut[0].max(), cut[1].max()
    for x, y, width, height in found:
        assert left <= max(x, 0)
        assert top <= max(y, 0)
        assert right >= min(x + width, 100) - 1
        assert bottom >= min(y + height, 50) - 1


def test_the_crop_is_a_square_where_the_image_allows() -> None:
    image = ramp(100, 200)
    middle = crop_number(image, [(80, 40, 20, 10)], 0.25, "here")
    assert middle.shape == (3, 30, 30)
    assert (int(middle[1].min()), int(middle[0].min())) == (75, 30)
    # Moved inside at the border, and cut only where the image is too small.
    assert crop_number(image, [(0, 0, 20, 10)], 0.25, "here").shape == (3, 30, 30)
    assert crop_number(image, [(0, 40, 200, 20)], 0.25, "here").shape == (3, 100, 200)


def test_boxes_that_cannot_be() -> None:
    with pytest.raises(DataError, match="here: a digit's box has no size"):
        crop_number(ramp(50, 50), [(0, 0, 0, 5)], 0.1, "here")
    with pytest.raises(DataError, match="lie beside the image"):
        crop_number(ramp(50, 50), [(70, 0, 10, 5)], 0.1, "here")


def test_without_h5py_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DataError, match="pip install h5py"):
        read_digit_boxes(tmp_path / "digitStruct.mat")


def write_boxes(path: Path, entries: Sequence[Entry]) -> None:
    """Write a `digitStruct.mat` in the published layout."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        kind = h5py.ref_dtype
        number = [0]

        def stored(values: Any) -> Any:
            number[0] += 1
            return file.create_dataset(f"#refs#/{number[0]}", data=values).ref

        names = [[stored(np.array([[ord(c)] for c in name], np.uint16))] for name, _ in entries]
        groups = []
        for place, (_, digits) in enumerate(entries):
            group = file.create_group(f"#refs#/box{place}")
            for column, field in enumerate(("label", "left", "top", "width", "height")):
                values = [float(digit[column]) for digit in digits]
                if len(values) == 1:
                    group.create_dataset(field, data=np.array([values]))
                else:
                    references = [[stored(np.array([[value]]))] for value in values]
                    group.create_dataset(field, data=np.array(references, kind), dtype=kind)
            groups.append([group.ref])
        struct = file.create_group("digitStruct")
        struct.create_dataset("name", data=np.array(names, kind), dtype=kind)
        struct.create_dataset("bbox", data=np.array(groups, kind), dtype=kind)


NUMBERS: list[Entry] = [
    ("1.png", [(1, 10, 5, 8, 20), (10, 20, 5, 8, 20)]),
    ("2.png", [(7, 10, 5, 8, 20)]),
    ("3.png", [(3, 2, 5, 8, 20), (3, 12, 5, 8, 20), (3, 22, 5, 8, 20)]),
    ("4.png", [(7, 10, 5, 8, 20)]),
    ("5.png", [(5, 10, 5, 8, 20), (5, 20, 5, 8, 20)]),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for side in ("train", "test"):
        (tmp_path / side).mkdir()
        write_boxes(tmp_path / side / "digitStruct.mat", NUMBERS)
        for place, (name, _) in enumerate(NUMBERS):
            Image.new("RGB", (40, 30), (place, 0, 0)).save(tmp_path / side / name)
    return tmp_path


def test_what_was_written_is_read(folder: Path) -> None:
    found = read_digit_boxes(folder / "train" / "digitStruct.mat")
    assert [entry.file for entry in found] == [name for name, _ in NUMBERS]
    assert found[0].digits == (1, 0)  # the file's 10 is the digit 0
    assert found[0].boxes == ((10.0, 5.0, 8.0, 20.0), (20.0, 5.0, 8.0, 20.0))
    assert found[1].digits == (7,)


def test_counts_go_with_their_pictures(folder: Path) -> None:
    built = build_svhn(SvhnConfig(size=16, left_out=("5=2",)), folder)
    seen = {}
    for split in ("train", "left_out"):
        part = built.splits[split]
        assert part.images.shape[1:] == (3, 16, 16)
        for image, counts in zip(part.images, part.counts.tolist(), strict=True):
            seen[int(image[0, 0, 0])] = [digit for digit in range(10) for _ in range(counts[digit])]
    # The number with three of a digit is not there.
    assert seen == {0: [0, 1], 1: [7], 3: [7], 4: [5, 5]}
    assert built.splits["left_out"].counts[0, 5] == 2


def test_only_so_many_of_a_combination(folder: Path) -> None:
    built = build_svhn(SvhnConfig(size=16, per_combination=1), folder)
    assert set(built.splits["train"].combinations().values()) == {1}


def cut_file(folder: Path) -> None:
    path = folder / "train" / "digitStruct.mat"
    path.write_bytes(path.read_bytes()[:200])


def rewritten(*entries: Entry) -> Callable[[Path], None]:
    return lambda folder: write_boxes(folder / "train" / "digitStruct.mat", entries)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "test/digitStruct.mat").unlink(), "is missing.*ufldl.stanford.edu"),
        (lambda f: (f / "train/1.png").unlink(), "1.png cannot be read as a picture"),
        (cut_file, "cannot be read as SVHN's digitStruct.mat"),
        (rewritten(("../1.png", [(1, 1, 1, 5, 5)])), "'../1.png' is no file name"),
        (rewritten(("1.png", [(11, 1, 1, 5, 5)])), r"digits \[11.0\] are not of"),
        (rewritten(("1.png", [(1, 1, 1, 0, 5)])), "box has no size"),
        (rewritten(("1.png", [(1, 90, 1, 5, 5)])), "lie beside the image"),
    ],
)
def test_damage_is_told(folder: Path, damage: Callable[[Path], Any], message: str) -> None:
    damage(folder)
    with pytest.raises(DataError, match=message):
        build_svhn(SvhnConfig(size=16), folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"most": 0}, "most is 0"),
        ({"margin": -1.0}, "margin is -1.0"),
        ({"left_out": ("six=2",)}, "is not CLASS=N"),
    ],
)
def test_settings_that_cannot_be_used(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        SvhnConfig(**options)  # type: ignore[arg-type]
