import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.report.curves import best_so_far, top_mean

VALUES = st.lists(st.none() | st.floats(-1e9, 1e9))


def test_curves_by_hand() -> None:
    values = [None, 1.0, -2.0, None, 4.0, 3.0]
    assert best_so_far(values) == pytest.approx([math.nan, 1, 1, 1, 4, 4], nan_ok=True)
    assert top_mean(values, 2) == pytest.approx([math.nan, 1, -0.5, -0.5, 2.5, 3.5], nan_ok=True)
    assert top_mean(values, 10) == pytest.approx([math.nan, 1, -0.5, -0.5, 1, 1.5], nan_ok=True)


def test_no_values_and_no_successes() -> None:
    assert best_so_far([]) == []
    assert all(map(math.isnan, best_so_far([None, None])))


@given(values=VALUES, count=st.integers(1, 12))
def test_top_mean_is_the_mean_of_the_sorted_head(values: list[float | None], count: int) -> None:
    means = top_mean(values, count)
    assert len(means) == len(values)
    for calls, mean in enumerate(means, start=1):
        seen = [value for value in values[:calls] if value is not None]
        head = sorted(seen, reverse=True)[:count]
        assert mean == math.fsum(head) / len(head) if head else math.isnan(mean)


@given(values=VALUES)
def test_best_so_far_never_falls(values: list[float | None]) -> None:
    best = [value for value in best_so_far(values) if not math.isnan(value)]
    assert best == sorted(best)


@given(values=VALUES.filter(bool), seed=st.integers())
def test_the_last_mean_forgets_the_order(values: list[float | None], seed: int) -> None:
    shuffled = random.Random(seed).sample(values, len(values))
    assert top_mean(shuffled, 3)[-1] == pytest.approx(top_mean(values, 3)[-1], nan_ok=True)


def test_count_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1, got 0"):
        top_mean([1.0], 0)
