from collections.abc import Sequence
from dataclasses import replace

import pytest

from latentbo.data.bounds import Bound
from latentbo.ledger import BOUND, INITIAL, MEASURED, Evaluation, Status, StepRecord
from latentbo.optimizer.history import (
    GIVEN,
    History,
    by_batch,
    by_success,
    draw_initial,
    with_thresholds,
)


def row(call: int, batch: int, string: str, value: float | None) -> Evaluation:
    status = Status.FAILED if value is None else Status.OK
    return Evaluation(call, batch, string, "test", {}, status, value)


ROWS = [row(1, 0, "C", 1.0), row(2, 0, "CC", None), row(3, 1, "CCC", 3.0), row(4, 3, "O", 1.0)]


def test_what_is_known_is_folded_from_the_evaluations() -> None:
    history = History(ROWS)
    assert history.strings == ["CCC", "C", "O"]  # of equals the earlier one first
    assert history.values.tolist() == [3.0, 1.0, 1.0]
    assert history.known == {"C", "CC", "CCC", "O"}
    assert [len(batch) for batch in history.batches] == [2, 1, 1]
    assert (history.number, history.batch, history.next_call) == (3, 4, 5)


def test_nothing_is_known_at_first() -> None:
    history = History([])
    assert (history.number, history.next_call, history.strings) == (0, 1, [])
    assert by_batch([]) == []


@pytest.mark.parametrize("number", [1, 3, 9])
def test_the_first_strings_are_drawn_once_each(number: int) -> None:
    pool = ["C", "CC", "CCC", "CCCC"]
    drawn = draw_initial(pool, 1, number)
    assert [p.call for p in drawn] == list(range(1, min(number, 4) + 1))
    assert len({p.string for p in drawn}) == len(drawn)
    assert drawn == draw_initial(pool, 1, number)
    orders = {tuple(p.string for p in draw_initial(pool, seed, 4)) for seed in range(8)}
    assert len(orders) > 1


def pending(call: int, batch: int, string: str) -> Evaluation:
    return Evaluation(call, batch, string, "test")


def measured(call: int, batch: int, string: str, value: float | None) -> Evaluation:
    return replace(row(call, batch, string, value), origin=MEASURED)


def names(batches: Sequence[Sequence[Evaluation]]) -> list[list[str]]:
    return [[each.string for each in batch] for batch in batches]


def test_repeats_count_once_by_their_mean() -> None:
    rows = [row(1, 0, "C", 1.0), row(2, 0, "CC", 2.5), measured(3, 1, "C", 5.0)]
    history = History(rows)
    assert (history.strings, history.values.tolist()) == (["C", "CC"], [3.0, 2.5])
    assert history.repeats is not None
    assert history.repeats.counts.tolist() == [2.0, 1.0]
    assert history.repeats.scatter == pytest.approx(8.0)
    assert [each.value for each in history.batches[0]] == [3.0, 2.5]
    assert (history.number, history.batch, history.next_call) == (1, 2, 4)
    assert History(rows[:2]).repeats is None


def test_what_waits_is_known_and_nothing_else() -> None:
    rows = [row(1, 0, "C", 1.0), pending(2, 1, "CC"), pending(3, 2, "O"), row(4, 2, "N", None)]
    history = History(rows)
    assert history.strings == ["C"]
    assert history.known == {"C", "CC", "O", "N"}
    assert names(history.batches) == [["C"], ["N"]]
    assert (history.number, history.batch, history.next_call) == (3, 3, 5)


def test_measurements_were_made_before_the_first_call() -> None:
    given = [("C", 1.0), ("CC", 4.0), ("C", 3.0)]
    history = History([], given)
    assert (history.strings, history.values.tolist()) == (["CC", "C"], [4.0, 2.0])
    assert (history.number, history.batch, history.next_call) == (0, 0, 1)
    assert {each.origin for each in history.batches[0]} == {GIVEN}
    later = History([row(1, 0, "O", 2.5), measured(2, 1, "C", 5.0)], given)
    assert later.strings == ["CC", "C", "O"]
    assert later.values.tolist() == [4.0, 3.0, 2.5]
    assert names(later.batches) == [["C", "CC"], ["O"]]
    assert later.known == {"C", "CC", "O"}


def test_only_steps_that_propose_are_judged_and_seeded() -> None:
    rows = [
        measured(1, 0, "C", 1.0),
        row(2, 1, "CC", 2.0),
        measured(3, 2, "CCC", 3.0),
        pending(4, 3, "O"),
        row(5, 5, "N", None),
    ]
    assert names(by_success(rows)) == [["C", "CC", "CCC"], ["N"]]
    assert History(rows).number == 3
    assert History(rows).batch == 6
    assert History(rows, steps=[StepRecord(i) for i in range(9)]).batch == 9
    assert names(by_success(rows[:1])) == [["C"]]
    assert by_success([pending(1, 0, "C")]) == []


def test_what_is_known_is_not_drawn() -> None:
    drawn = draw_initial(["C", "CC", "CCC"], 0, 3, {"CC"})
    assert {each.string for each in drawn} == {"C", "CCC"}


def test_thresholds_are_the_tenth_best_before_each_batch() -> None:
    first = [row(i, 0, "C" * i, float(i)) for i in range(1, 12)]
    later = [row(12, 1, "O", 9.5), row(13, 1, "N", None)]
    found = list(with_thresholds([first[:9], first[9:], later, []]))
    assert [batch for batch, _ in found] == [first[:9], first[9:], later, []]
    assert [threshold for _, threshold in found] == [float("-inf"), float("-inf"), 2.0, 3.0]


def test_bounds_are_known_and_no_values() -> None:
    terms = {BOUND: {">": 9.0}}
    rows = [
        Evaluation(1, 0, "C", INITIAL, {}, Status.OK, 1.0),
        Evaluation(2, 0, "CC", INITIAL, {}, Status.CENSORED, None, ">9", None, terms),
        Evaluation(3, 0, "C", MEASURED, {}, Status.CENSORED, None, ">9", None, terms),
    ]
    history = History(rows, initial_bounds=[("CCC", Bound("<", 4.0)), ("C", Bound("<", 0.0))])
    assert history.strings == ["C"]
    assert history.known == {"C", "CC", "CCC"}
    assert history.bounds is not None
    assert history.bounds.strings == ["CCC", "CC"]
    assert history.bounds.limits.tolist() == [4.0, 9.0]
    assert history.bounds.signs.tolist() == [-1.0, 1.0]
    assert History(rows[:1]).bounds is None
