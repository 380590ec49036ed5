import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latentbo.errors import InputError
from latentbo.metrics import auc_top

VALUES = st.lists(st.none() | st.floats(0, 1e3), max_size=40)
NUMBERS = st.integers(1, 12)
unhurried = settings(suppress_health_check=[HealthCheck.too_slow])


def test_one_sample_after_the_other_by_hand() -> None:
    # Every 2 calls: best of 1, 3 is 3; of 1, 3, 2, 5 is 5; the sample at call 4 is the last.
    # 2 * (0 + 3) / 2 + 2 * (3 + 5) / 2 = 3 + 8 = 11; divided by 4 calls.
    assert auc_top([1.0, 3.0, 2.0, 5.0], top=1, budget=4, every=2) == pytest.approx(11 / 4)


def test_the_calls_after_the_last_sample_by_hand() -> None:
    # Top 2, every 2: mean(1, 3) = 2 at call 2; at the last call, 3, mean(4, 3) = 3.5.
    # 2 * (0 + 2) / 2 + 1 * (2 + 3.5) / 2 = 2 + 2.75 = 4.75; divided by 3 calls.
    assert auc_top([1.0, 3.0, 4.0], top=2, budget=3, every=2) == pytest.approx(4.75 / 3)


def test_a_run_that_ends_early_holds_its_last_value_by_hand() -> None:
    # As above, and 3.5 for the 7 calls that are left: 4.75 + 24.5 = 29.25; divided by 10 calls.
    assert auc_top([1.0, 3.0, 4.0], top=2, budget=10, every=2) == pytest.approx(29.25 / 10)


def test_failed_calls_take_a_call_and_give_no_value_by_hand() -> None:
    # Every 2: nothing at call 2, so 0; mean(4) = 4 at call 4, over the one value that there is;
    # mean(4, 2) = 3 at call 6. 0 + 2 * (0 + 4) / 2 + 2 * (4 + 3) / 2 = 4 + 7 = 11; by 6 calls.
    values = [None, None, 4.0, None, None, 2.0]
    assert auc_top(values, top=10, budget=6, every=2) == pytest.approx(11 / 6)


def test_calls_beyond_the_budget_are_left_out_by_hand() -> None:
    # Every 2, budget 3: best 1 at call 2, 2 at call 3: 2 * 1 / 2 + 1 * (1 + 2) / 2 = 2.5; by 3.
    assert auc_top([1.0, 1.0, 2.0, 99.0], top=1, budget=3, every=2) == pytest.approx(2.5 / 3)


def test_a_published_scale_by_hand() -> None:
    # 250 calls of 1 in a budget of 1,000, sampled every 100: the line rises to 1 over the first 100
    # calls (50), stays for 150 (150) and is held for 750: 950 of 1,000.
    assert auc_top([1.0] * 250, top=10, budget=1000) == pytest.approx(0.95)
    # With fewer calls than a sample takes, the line rises to the last call: 25 + 950.
    assert auc_top([1.0] * 50, top=10, budget=1000) == pytest.approx(0.975)


def test_negative_values_by_hand() -> None:
    # From 0 down to -1 in 2 calls, then up to 3: 2 * (0 - 1) / 2 + 2 * (-1 + 3) / 2 = 1; by 4.
    assert auc_top([-1.0, -2.0, 3.0, 0.0], top=1, budget=4, every=2) == pytest.approx(1 / 4)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_nothing_found_is_zero(values: list[float | None]) -> None:
    assert auc_top(values, top=10, budget=5) == 0.0


def reference(values: list[float | None], top: int, budget: int, every: int) -> float:
    """The definition as a plain loop over single calls and sorted lists."""
    area, previous, sampled = 0.0, 0.0, 0
    number = min(len(values), budget)
    now = 0.0
    for call in range(1, number + 1):
        if call % every and call != number:
            continue
        seen = sorted((value for value in values[:call] if value is not None), reverse=True)[:top]
        now = sum(seen) / len(seen) if seen else 0.0
        area += (call - sampled) * (now + previous) / 2
        previous, sampled = now, call
    return (area + (budget - number) * now) / budget


@unhurried
@given(values=VALUES, top=NUMBERS, budget=st.integers(1, 60), every=NUMBERS)
def test_equals_the_plain_loop(
    values: list[float | None], top: int, budget: int, every: int
) -> None:
    assert auc_top(values, top, budget, every) == pytest.approx(
        reference(values, top, budget, every), rel=1e-9, abs=1e-9
    )


@unhurried
@given(values=VALUES, top=NUMBERS, budget=st.integers(1, 60), every=NUMBERS)
def test_lies_between_zero_and_the_best_value(
    values: list[float | None], top: int, budget: int, every: int
) -> None:
    best = max((value for value in values[:budget] if value is not None), default=0.0)
    assert 0.0 <= auc_top(values, top, budget, every) <= best * (1 + 1e-12)


@unhurried
@given(values=VALUES.filter(bool), place=st.integers(0, 39), more=st.floats(0, 1e3), top=NUMBERS)
def test_a_better_value_never_lowers_it(
    values: list[float | None], place: int, more: float, top: int
) -> None:
    place %= len(values)
    better = [*values]
    better[place] = None if (old := values[place]) is None else old + more
    lower, higher = (auc_top(each, top, 50, 7) for each in (values, better))
    assert higher >= lower - 1e-9 * max(1.0, abs(lower))


@unhurried
@given(values=VALUES, top=NUMBERS)
def test_a_mean_over_more_is_never_above(values: list[float | None], top: int) -> None:
    fewer, more = (auc_top(values, each, 50, 7) for each in (top, top + 5))
    assert more <= fewer + 1e-9 * max(1.0, fewer)


@unhurried
@given(values=st.lists(st.floats(0, 1e3), min_size=2, max_size=40))
def test_finding_the_best_earlier_is_better(values: list[float]) -> None:
    assert auc_top(sorted(values, reverse=True), 3, 40, 5) >= auc_top(sorted(values), 3, 40, 5) * (
        1 - 1e-12
    )


@pytest.mark.parametrize("name", ["top", "budget", "every"])
def test_numbers_below_one_are_refused(name: str) -> None:
    numbers = {"top": 1, "budget": 1, "every": 1, name: 0}
    with pytest.raises(InputError, match=f"needs {name} to be at least 1, not 0"):
        auc_top([1.0], **numbers)


def test_many_values_of_one_size() -> None:
    values = [0.1] * 1000
    assert math.isclose(auc_top(values, 10, 1000), 0.1 * 0.95, rel_tol=1e-12)
