from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from latentbo.errors import ObjectiveError
from latentbo.ledger import Evaluation, Ledger, Proposal, Status, StepRecord, Suggestion
from latentbo.objectives import Objective
from latentbo.optimizer import BatchOptimizer, Ending, OptimizationConfig, optimize


class Counting:
    """Stands in for the optimizer: alkanes of growing length, batches of four, at most `most`."""

    def __init__(self, budget: int, most: int = 1000) -> None:
        self.config = OptimizationConfig(budget=budget, batch_size=4)
        self.most = most
        self.asked: list[int] = []

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        """The record holds a digest of all that was known, so that differences show."""
        assert [step.batch for step in steps] == sorted({row.batch for row in evaluations})
        calls = len(evaluations)
        self.asked.append(calls)
        batch = evaluations[-1].batch + 1 if evaluations else 0
        total = sum(row.value or 0.0 for row in evaluations)
        last = min(calls + 4, self.config.budget, self.most)
        rows = [Proposal(call, batch, "C" * call, "x") for call in range(calls + 1, last + 1)]
        return Suggestion(StepRecord(batch, {"total": total}), rows)


def spend(
    path: Path,
    function: Callable[[str], Any],
    budget: int = 10,
    optimizer: Any = None,
    show: Callable[[list[Evaluation]], None] = lambda rows: None,
) -> tuple[Ending, list[Any]]:
    """Run, or go on, under the ledger of this path; its outcome and the comparable ledger."""
    ledger = Ledger.open(path) if path.exists() else Ledger.create(path)
    with ledger:
        proposer: Any = optimizer or Counting(budget)
        spent = optimize(proposer, Objective("o", function), ledger, show)
        return spent, ledger.comparable()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.mark.parametrize("budget", [1, 2, 3, 4, 5, 11])
def test_the_budget_is_spent_exactly(path: Path, budget: int) -> None:
    asked: list[str] = []

    def function(smiles: str) -> float:
        asked.append(smiles)
        return len(smiles)

    spent, _ = spend(path, function, budget)
    assert spent is Ending.SPENT
    assert asked == ["C" * call for call in range(1, budget + 1)]
    with Ledger.open(path) as ledger:
        assert ledger.num_calls == budget
        assert ledger.num_interrupted == 0
        assert ledger.pending() == []
        assert [row.value for row in ledger.evaluations()] == list(range(1, budget + 1))
        assert all((row.seconds or 0.0) >= 0.0 for row in ledger.evaluations())


def test_each_call_is_recorded_before_the_next_and_shown(path: Path) -> None:
    shown: list[int] = []

    def function(smiles: str) -> float:
        with Ledger.open(path) as ledger:  # as another process would see it
            assert ledger.num_calls == len(smiles) - 1
            assert ledger.num_interrupted == 1
            assert ledger.known(smiles)
        return 1.0

    def show(rows: list[Evaluation]) -> None:
        shown.append(len(rows))
        assert rows[-1].value == 1.0

    spend(path, function, 6, show=show)
    with Ledger.open(path) as ledger:
        assert ledger.evaluations()[-1].message == ""
    assert shown == [1, 2, 3, 4, 5, 6]


def fickle(smiles: str) -> Any:
    """Works on every third molecule; fails in a way of its own on the others."""
    call = len(smiles)
    if call % 3 == 0:
        return call / 3
    if call % 3 == 1:
        raise RuntimeError(f"no pose\nfor {call}")
    return [float("nan"), float("inf"), None, "text", [1.0]][call % 5]


def test_failing_calls_are_counted_rows_without_a_value(path: Path) -> None:
    spent, rows = spend(path, fickle, 15)
    assert spent is Ending.SPENT
    evaluations = [row for row in rows if isinstance(row, Evaluation)]
    assert [row.status for row in evaluations] == [Status.FAILED, Status.FAILED, Status.OK] * 5
    assert evaluations[0].message.startswith("RuntimeError: no pose for 1")
    assert all(bool(row.message) == (row.status is Status.FAILED) for row in evaluations)
    assert all((row.value is None) == (row.status is Status.FAILED) for row in evaluations)


@pytest.mark.parametrize(("budget", "calls"), [(1, 1), (2, 2), (3, 3), (9, 3)])
def test_an_objective_that_fails_on_all_probes_ends_the_run(
    path: Path, budget: int, calls: int
) -> None:
    asked: list[str] = []

    def function(smiles: str) -> float:
        asked.append(smiles)
        raise ValueError("licence expired")

    message = rf"all {calls} probe molecules, e\.g\. C: ValueError: licence expired"
    with pytest.raises(ObjectiveError, match=message) as caught:
        spend(path, function, budget)
    assert "\n" not in str(caught.value)
    assert len(asked) == calls
    with pytest.raises(ObjectiveError, match=message):
        spend(path, lambda smiles: 1.0, budget)
    assert len(asked) == calls  # resumed, it makes no further call
    with Ledger.open(path) as ledger:
        assert ledger.num_calls == calls


@pytest.mark.parametrize("good", [1, 2, 3])
def test_one_good_probe_is_enough(path: Path, good: int) -> None:
    def function(smiles: str) -> float:
        return 1.0 if len(smiles) == good else float("nan")

    spent, _ = spend(path, function, 9)
    assert spent is Ending.SPENT


def test_no_new_molecules_end_the_run_before_the_budget(path: Path) -> None:
    optimizer = Counting(20, most=6)
    spent, rows = spend(path, len, optimizer=optimizer)
    assert spent is Ending.EXHAUSTED
    assert sum(isinstance(row, Evaluation) for row in rows) == 6
    assert optimizer.asked == [0, 4, 6]
    assert spend(path, len, optimizer=Counting(20, most=6)) == (Ending.EXHAUSTED, rows)


class Protocol:
    """Stands in for a protocol of steps that have 2, 0, 0, 3 and 0 calls."""

    sizes = (2, 0, 0, 3, 0)

    def __init__(self, budget: int = 50) -> None:
        self.config = OptimizationConfig(budget=budget)
        self.seen: list[tuple[int, int]] = []

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        calls, batch = len(evaluations), len(steps)
        self.seen.append((calls, batch))
        if batch == len(self.sizes):
            return Suggestion(StepRecord(batch), [], finished=True)
        last = calls + self.sizes[batch]
        rows = [Proposal(call, batch, "C" * call, "x") for call in range(calls + 1, last + 1)]
        return Suggestion(StepRecord(batch, {"calls": len(rows)}), rows, finished=False)


def test_a_protocol_goes_on_through_steps_without_a_call(path: Path) -> None:
    protocol = Protocol()
    spent, rows = spend(path, len, optimizer=protocol)
    assert spent is Ending.SPENT
    assert protocol.seen == [(0, 0), (2, 1), (2, 2), (2, 3), (5, 4), (5, 5)]
    assert [row.state["calls"] for row in rows if isinstance(row, StepRecord)] == [2, 0, 0, 3, 0]
    again = Protocol()
    assert spend(path, len, optimizer=again) == (Ending.SPENT, rows)
    assert again.seen == [(5, 5)]  # nothing is recorded twice


def test_a_protocol_stopped_anywhere_resumes_to_the_same_ledger(path: Path, tmp_path: Path) -> None:
    _, unbroken = spend(path, len, optimizer=Protocol())
    for stop in range(1, 6):
        other = tmp_path / f"stopped-{stop}.sqlite"
        with pytest.raises(KeyboardInterrupt):
            spend(other, interrupted(len, {stop}), optimizer=Protocol())
        assert spend(other, len, optimizer=Protocol()) == (Ending.SPENT, unbroken)


def test_a_finished_run_makes_no_call(path: Path) -> None:
    _, rows = spend(path, len, 8)

    def never(smiles: str) -> float:
        raise AssertionError

    optimizer = Counting(8)
    assert spend(path, never, optimizer=optimizer) == (Ending.SPENT, rows)
    assert optimizer.asked == []


def test_a_resumed_run_first_finishes_what_was_proposed(path: Path) -> None:
    with Ledger.create(path) as ledger:
        ledger.propose(StepRecord(0), [Proposal(c, 0, "C" * c, "x") for c in range(1, 6)])
        ledger.start(1)
        ledger.finish(1, 1.0)
        ledger.start(2)  # and killed
    optimizer = Counting(7)
    spend(path, len, optimizer=optimizer)
    assert optimizer.asked == [5]
    with Ledger.open(path) as ledger:
        assert ledger.num_interrupted == 1
        assert [row.value for row in ledger.evaluations()] == [1, 2, 3, 4, 5, 6, 7]


def interrupted(function: Callable[[str], Any], at: set[int]) -> Callable[[str], Any]:
    """Let the user press Ctrl-C once in each of these calls."""
    counter = {"calls": 0}
    left = set(at)

    def wrapped(smiles: str) -> Any:
        counter["calls"] += 1
        if counter["calls"] in left:
            raise KeyboardInterrupt
        return function(smiles)

    return wrapped


def test_a_run_stopped_anywhere_resumes_to_the_same_ledger(path: Path, tmp_path: Path) -> None:
    _, unbroken = spend(path, fickle, 9)
    for stop in range(1, 10):
        other = tmp_path / f"stopped-{stop}.sqlite"
        with pytest.raises(KeyboardInterrupt):
            spend(other, interrupted(fickle, {stop}), 9)
        with Ledger.open(other) as ledger:
            assert ledger.num_calls == stop - 1
        assert spend(other, fickle, 9) == (Ending.SPENT, unbroken)


def test_the_real_optimizer_resumes_to_the_same_ledger(
    path: Path,
    tmp_path: Path,
    make_optimizer: Callable[..., BatchOptimizer],
    oracle: Callable[[str], float | None],
) -> None:
    spent, unbroken = spend(path, oracle, optimizer=make_optimizer())
    assert spent is Ending.SPENT
    assert sum(isinstance(row, Evaluation) for row in unbroken) == 27
    other = tmp_path / "stopped.sqlite"
    # Stopped at every seventh call, and each time gone on with by a fresh optimizer.
    stops = 0
    function = interrupted(oracle, {7, 14, 21, 28})
    while True:
        try:
            resumed = spend(other, function, optimizer=make_optimizer())
            break
        except KeyboardInterrupt:
            stops += 1
    assert stops == 4
    assert resumed == (Ending.SPENT, unbroken)
