import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.objectives import Objective, load_objective, score_all, worst_part

STRINGS = ["x", "x+1/3", "no expression", "1/3+x+sin(x*x)"]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count how often strings are scored."""
    calls: list[str] = []
    from latentbo.objectives import labels

    original = labels.evaluate

    def evaluate(objective: Objective, string: str) -> object:
        calls.append(string)
        return original(objective, string)

    monkeypatch.setattr(labels, "evaluate", evaluate)
    return lambda: len(calls)


def test_values_in_order_and_nan_where_the_objective_fails() -> None:
    objective = load_objective("target-fit")
    values = score_all(objective, STRINGS)
    assert values.dtype == torch.float64
    assert values[[0, 1, 3]].tolist() == [objective(STRINGS[row]) for row in (0, 1, 3)]
    assert math.isnan(values[2])
    assert score_all(objective, []).shape == (0,)


def test_cached_values_are_read_and_are_the_same(
    tmp_path: Path, counted: Callable[[], int]
) -> None:
    objective, folder = load_objective("target-fit"), tmp_path / "cache"
    first = score_all(objective, STRINGS, folder)
    assert counted() == 4
    assert torch.equal(score_all(objective, STRINGS, folder).nan_to_num(7), first.nan_to_num(7))
    assert counted() == 4
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_other_strings_and_damaged_files_are_scored_anew(
    tmp_path: Path, counted: Callable[[], int], damage: bytes | None
) -> None:
    objective = load_objective("target-fit")
    score_all(objective, STRINGS, tmp_path)
    (path,) = tmp_path.iterdir()
    if damage is None:
        score_all(objective, STRINGS[::-1], tmp_path)
    else:
        path.write_bytes(damage)
        score_all(objective, STRINGS, tmp_path)
    assert counted() == 8


def test_a_users_function_is_not_cached(tmp_path: Path) -> None:
    assert score_all(Objective("mine.py:f", len), ["a", "bb"], tmp_path).tolist() == [1.0, 2.0]
    # Nor one that calls itself by a built-in name.
    assert score_all(Objective("target-fit", len), ["a", "bb"], tmp_path).tolist() == [1.0, 2.0]
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("in the way")
    assert len(score_all(load_objective("target-fit"), ["x"], place)) == 1


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    shown: list[int] = []
    for _ in range(2):
        score_all(load_objective("target-fit"), ["x"] * 1500, tmp_path, shown.append)
        assert shown[-1] == 1500
    assert shown == [0, 1000, 1500, 1500]


def test_the_worst_half() -> None:
    values = torch.tensor([3.0, math.nan, 1.0, 4.0, -math.inf, 2.0])
    assert worst_part(values, 0.5).tolist() == [1, 2, 4]
    assert worst_part(values, 1 / 3).tolist() == [1, 4]
    assert worst_part(values, 0.0).tolist() == []
    assert worst_part(values, 1.0).tolist() == list(range(6))


@given(st.lists(st.floats(allow_nan=True, width=32), min_size=1, max_size=30), st.floats(0.0, 1.0))
def test_what_is_dropped_is_never_worse(values: list[float], fraction: float) -> None:
    tensor = torch.tensor(values, dtype=torch.float64)
    kept = worst_part(tensor, fraction)
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert len(kept) == round(fraction * len(values))
    dropped = torch.ones(len(values), dtype=torch.bool)
    dropped[kept] = False
    comparable = torch.where(tensor.isnan(), -math.inf, tensor)
    if len(kept) and dropped.any():
        assert comparable[kept].max() <= comparable[dropped].min()


@pytest.mark.parametrize("fraction", [-0.1, 1.5, math.nan])
def test_a_fraction_out_of_range(fraction: float) -> None:
    with pytest.raises(ConfigurationError, match=r"is (-0.1|1.5|nan); give one in \[0, 1\]"):
        worst_part(torch.zeros(3), fraction)
