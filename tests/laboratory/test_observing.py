from collections.abc import Callable
from pathlib import Path

import pytest

from latentbo import LatentOptimizer
from latentbo.errors import DataError

Make = Callable[..., LatentOptimizer]


@pytest.fixture
def started(make: Make) -> tuple[LatentOptimizer, list[str]]:
    """Three molecules wait."""
    optimizer = make("random")
    return optimizer, [proposal.string for proposal in optimizer.ask(3)]


def values(optimizer: LatentOptimizer) -> list[float | None]:
    return [row.value for row in optimizer.evaluations]


def test_a_file_is_filled_in_bit_by_bit(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, b, c) = started
    path = tmp_path / "batch.csv"
    path.write_text(f"call,smiles,value\n1,{a},0.5\n2,{b},\n3,{c},failed\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.failed, told.known, told.open) == (2, 1, 0, 1)
    path.write_text(f"call,smiles,value\n1,{a},0.5\n2,{b},1.5\n3,{c},failed\n1,{a},0.75\n,{b},2\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.repeated, told.known, told.open) == (1, 2, 2, 0)
    assert values(optimizer) == [0.5, 1.5, None, 0.75, 2.0]
    # A failed measurement that worked the second time, below what was recorded before.
    path.write_text(f"call,smiles,value\n1,{a},0.5\n1,{a},0.75\n3,{c},9\n")
    told = optimizer.observe(path)
    assert (told.repeated, told.known) == (1, 2)
    assert values(optimizer) == [0.5, 1.5, None, 0.75, 2.0, 9.0]


def test_without_the_number_of_a_call_every_line_is_new(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, *_) = started
    path = tmp_path / "results.csv"
    path.write_text(f"smiles,value\n{a},1\n{a},1\nNCCc1ccccc1,2\nNCCc1ccccc1,3\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.own, told.repeated) == (1, 1, 2)
    assert values(optimizer)[3:] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1,{b},1", r"results\.csv, line 3: call 1 is that of .*, not of .* nothing of the file"),
        ("9,{a},1", r"line 3: call 9 is none of this run"),
        ("2,nonsense,1", r"line 3: 'nonsense' cannot be read, and nothing of the file was rec"),
        ("2,{b},lots", r"line 3: the value 'lots' is no finite number"),
    ],
)
def test_nothing_of_a_wrong_file_is_recorded(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path, line: str, message: str
) -> None:
    optimizer, (a, b, c) = started
    path = tmp_path / "results.csv"
    path.write_text(f"call,smiles,value\n3,{c},1\n{line.format(a=a, b=b)}\n")
    with pytest.raises(DataError, match=message):
        optimizer.observe(path)
    assert values(optimizer) == [None, None, None]
    assert len(optimizer.pending) == 3


def test_a_recorded_value_is_not_changed(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, *_) = started
    optimizer.tell({a: 1.0})
    path = tmp_path / "results.csv"
    path.write_text(f"call,smiles,value\n1,{a},1.1\n")
    with pytest.raises(DataError, match=r"line 2: call 1 \(.*\) has the value 1\.0, .* add a line"):
        optimizer.observe(path)
    assert values(optimizer) == [1.0, None, None]


def test_the_same_file_is_recorded_once(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, *_) = started
    path = tmp_path / "results.csv"
    path.write_text(f"smiles,value\n{a},1\n")
    optimizer.observe(path)
    copied = tmp_path / "copy.csv"
    copied.write_bytes(path.read_bytes())
    with pytest.raises(DataError, match=r"copy\.csv was recorded before \(as results\.csv, step 1"):
        LatentOptimizer.load(optimizer.directory).observe(copied)
    assert len(optimizer.evaluations) == 3
