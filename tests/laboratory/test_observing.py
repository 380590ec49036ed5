import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from latentbo import LatentOptimizer
from latentbo.data.bounds import Bound
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
    ("line", "reason"),
    [
        ("1,{b},1", "call 1 is that of {a}"),
        ("9,{a},1", "call 9 is none of this run"),
        ("2,nonsense,1", "no SMILES that can be read"),
        ("2,{b},lots", "the value is no number"),
    ],
)
def test_lines_that_cannot_be_used_are_left_out_and_listed(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path, line: str, reason: str
) -> None:
    optimizer, (a, b, c) = started
    path = tmp_path / "results.csv"
    wrong = line.format(a=a, b=b)
    path.write_text(f"call,smiles,value\n3,{c},1\n{wrong}\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.unusable) == (1, 1)
    assert values(optimizer) == [None, None, 1.0]
    left_out = list(csv.reader((optimizer.directory / "left-out.csv").read_text().splitlines()))
    assert left_out == [["line", "reason", "original"], ["3", reason.format(a=a), wrong]]


def test_nothing_is_recorded_of_a_file_of_which_over_half_is_wrong(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, b, c) = started
    path = tmp_path / "results.csv"
    path.write_text(f"call,smiles,value\n2,{a},1\n3,{b},1\n3,{c},1\n")
    with pytest.raises(DataError, match=r"2 of 3 lines cannot be used: 1 call 2 is that of"):
        optimizer.observe(path)
    assert values(optimizer) == [None, None, None]


def test_a_recorded_value_is_not_changed(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, b, _) = started
    optimizer.tell({a: 1.0})
    path = tmp_path / "results.csv"
    path.write_text(f"call,smiles,value\n1,{a},1.1\n2,{b},5\n")
    assert optimizer.observe(path).unusable == 1
    assert values(optimizer) == [1.0, 5.0, None]
    told = (optimizer.directory / "left-out.csv").read_text()
    assert "call 1 has another value already, which cannot be changed" in told


def test_a_corrected_file_brings_only_what_was_left_out(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, b, c) = started
    path = tmp_path / "results.csv"
    path.write_text(f"smiles,value\n{a},1\n{b},lots\n{c},2\n{a},1\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.repeated, told.unusable) == (2, 1, 1)
    path.write_text(f"smiles,value\n{a},1\n{b},3\n{c},2\n{a},1\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.known, told.repeated) == (1, 3, 0)
    assert values(optimizer) == [1.0, 3.0, 2.0, 1.0]


def test_censored_values_are_bounds_and_never_the_best(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, b, c) = started
    path = tmp_path / "results.csv"
    path.write_text(f"call,smiles,value\n1,{a},>9\n2,{b},5\n,NCCc1ccccc1,<4.9\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.own, told.censored, told.failed) == (2, 1, 2, 0)
    rows = optimizer.evaluations
    assert [row.bound for row in rows] == [Bound(">", 9), None, None, Bound("<", 4.9)]
    assert [row.status.value for row in rows] == ["censored", "ok", "pending", "censored"]
    assert [row.message for row in rows] == [">9", "", "", "<4.9"]
    assert optimizer.best is not None
    assert optimizer.best.string == b
    assert [row.string for row in optimizer.pending] == [c]
    path.write_text(f"call,smiles,value\n1,{a},>9\n3,{c},7\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.known) == (1, 1)


def test_vials_stand_for_their_molecules(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, b, _) = started
    assert optimizer.vials == {1: "B01-01", 2: "B01-02", 3: "B01-03"}
    path = tmp_path / "results.csv"
    path.write_text("vial,value\nB01-02,5\nB01-01,4\nB07-01,4\n")
    told = optimizer.observe(path)
    assert (told.suggested, told.unusable) == (2, 1)
    assert values(optimizer) == [4.0, 5.0, None]
    path.write_text(f"id,smiles,value\nB01-03,{a},1\nB01-02,{b},5\n")
    told = optimizer.observe(path)
    assert (told.total, told.known, told.unusable) == (0, 1, 1)


def test_a_file_without_values_brings_nothing(
    started: tuple[LatentOptimizer, list[str]], tmp_path: Path
) -> None:
    optimizer, (a, *_) = started
    path = tmp_path / "results.csv"
    path.write_text(f"smiles,note\n{a},wet\n")
    with pytest.raises(DataError, match="has no column of values: call it 'value', or name it"):
        optimizer.observe(path)


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
