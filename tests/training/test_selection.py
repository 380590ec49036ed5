from pathlib import Path

import pytest

from latentbo.data import Line
from latentbo.errors import DataError
from latentbo.objectives import Objective
from latentbo.training.selection import select


def length(string: str) -> float:
    if string == "bad":
        raise ValueError("bad")
    return float(len(string))


LENGTH = Objective("length", length)
LINES = [Line(i, "x" * (1 + i * 7 % 20)) for i in range(20)] + [Line(99, "bad")]


def test_everything_is_kept_by_default() -> None:
    found = select(LINES, LENGTH)
    assert found.lines == LINES
    assert found.record == {}


def test_best_part_is_dropped(tmp_path: Path) -> None:
    found = select(LINES, LENGTH, drop_best=10 / 21, cache=tmp_path)
    kept = [line.string for line in found.lines]
    assert sorted(kept) == sorted(["bad", *("x" * n for n in range(1, 11))])
    assert found.lines == [line for line in LINES if line in found.lines]  # in order
    assert found.record == {"drop_best": 10 / 21, "objective": "length", "threshold": 10.0}


def test_limit_takes_some_at_random() -> None:
    found = [select(LINES, LENGTH, limit=8, seed=seed).lines for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert len(found[0]) == len({line.number for line in found[0]}) == 8
    assert found[0] == [line for line in LINES if line in found[0]]
    assert select(LINES, LENGTH, limit=100).lines == LINES


def test_limit_is_of_what_is_left() -> None:
    found = select(LINES, LENGTH, drop_best=0.5, limit=4)
    assert len(found.lines) == 4
    assert all(len(line.string) <= 10 for line in found.lines)
    assert found.record["limit"] == 4


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(DataError, match="nothing is left of 21 lines"):
        select(LINES, LENGTH, drop_best=0.99)
