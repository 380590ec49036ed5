"""The contract of a strategy, which decides on the batches of a run."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from latentbo.ledger.record import Evaluation, Status, StepRecord
from latentbo.optimizer import Selection, Strategy
from latentbo.optimizer.history import History
from latentbo.testing.contract import require, twice

#: Calls in each step of the histories that strategies are tested with.
BATCH = 3


def check_strategy(
    make: Callable[[], Strategy], strings: Sequence[str], values: Sequence[float]
) -> None:
    """Check that a run can use a strategy, and can be resumed with it.

    It selects new strings, each once and at most as many as it is asked for; its states can be kept
    as JSON; failed and pending calls do not disturb it. A strategy that was made anew selects the
    same as one that has been asked before, whatever the global random states are: a resumed run
    goes on like an unbroken one then.

    Args:
        make: Makes the strategy, always the same.
        strings: At least nine canonical strings, which a run has evaluated.
        values: The value of each.

    Raises:
        ContractError: If it does not keep the contract.
    """
    require(len(strings) == len(values) >= 3 * BATCH, "give check_strategy nine values or more")
    used = make()
    for number in range(1, len(strings) // BATCH + 1):
        history = _history(strings[: number * BATCH], values)
        _check_pick(make, used, history, number)


def _history(strings: Sequence[str], values: Sequence[float]) -> History:
    """Return a history in which the last call failed and, from the third step on, one is open."""
    rows = [
        Evaluation(row + 1, row // BATCH, string, "initial", {}, Status.OK, float(value))
        for row, (string, value) in enumerate(zip(strings, values, strict=False))
    ]
    last = rows[-1]
    rows[-1] = Evaluation(last.call, last.batch, last.string, last.origin, {}, Status.FAILED)
    if len(rows) >= 3 * BATCH:
        first = rows[-2]
        rows[-2] = Evaluation(first.call, first.batch, first.string, first.origin)
    steps = [StepRecord(number) for number in range(len(rows) // BATCH)]
    return History(rows, (), steps)


def _check_pick(
    make: Callable[[], Strategy], used: Strategy, history: History, number: int
) -> None:
    place = f"{type(used).__name__}.pick in step {number}"
    unbroken, resumed = _pick(used, history, place), _pick(make(), history, place)
    advice = (
        "draw from generators that are seeded with `seed`, and keep nothing between calls that a "
        "new strategy would not find in the history"
    )
    for first, second in (unbroken, resumed):
        require(first == second, f"{place} selects something else when called again: {advice}")
    require(
        unbroken[0] == resumed[0],
        f"{place} selects something else than a strategy that was made anew: {advice}",
    )


def _pick(strategy: Strategy, history: History, place: str) -> tuple[Any, Any]:
    """Pick twice, and check what is selected."""

    def call() -> tuple[str, list[tuple[str, str, str]]]:
        state, selections = strategy.pick(history, BATCH, 7)
        require(isinstance(state, Mapping), f"{place}: the state is no mapping")
        for each in selections:
            require(isinstance(each, Selection), f"{place} returns {each!r}: give a Selection")
            require(isinstance(each.origin, str), f"{place}: the origin {each.origin!r} is no text")
        strings = [each.string for each in selections]
        require(len(strings) <= BATCH, f"{place} selects {len(strings)} strings of {BATCH}")
        require(len(set(strings)) == len(strings), f"{place} selects a string twice")
        known = sorted(history.known.intersection(strings))
        require(not known, f"{place} selects {known[:1]}, which has been evaluated")
        rows = [(each.string, each.origin, _json(dict(each.details), place)) for each in selections]
        return _json(dict(state), place), rows

    return twice(call)


def _json(facts: dict[str, Any], place: str) -> str:
    for name, fact in facts.items():
        is_finite = not isinstance(fact, float) or math.isfinite(fact)
        require(is_finite, f"{place}: {name} is {fact}, which JSON cannot hold: leave it out")
    try:
        return json.dumps(facts, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        require(False, f"{place}: a state or a detail is no JSON ({error}): give plain numbers")
        raise
