"""Several workers, retries, targets and time: the loop around calls that come back in any order."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from latentbo.errors import LostCallError, ObjectiveError
from latentbo.execution import CallResult, ExecutionConfig, call
from latentbo.ledger import (
    RETRY,
    Evaluation,
    Ledger,
    Proposal,
    Status,
    StepRecord,
    Suggestion,
)
from latentbo.objectives import CallPlace, Objective
from latentbo.optimizer import Ending, OptimizationConfig, optimize
from latentbo.optimizer import loop as loop_module


class Counting:
    """Stands in for the optimizer: alkanes of growing length, batches of four."""

    def __init__(self, budget: int) -> None:
        self.config = OptimizationConfig(budget=budget, batch_size=4)
        self.pending: list[int] = []

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        """The record holds all that was known, so that differences show."""
        rows, batch = list(evaluations), len(steps)
        assert [row.call for row in rows] == list(range(1, len(rows) + 1))
        self.pending.append(sum(row.status is Status.PENDING for row in rows))
        first = len({row.string for row in rows}) + 1
        count = min(4, self.config.budget - len(rows))
        proposals = [
            Proposal(len(rows) + 1 + i, batch, "C" * (first + i), "x") for i in range(count)
        ]
        return Suggestion(StepRecord(batch, {"values": [row.value for row in rows]}), proposals)


class Shuffled:
    """Workers whose calls come back in random order, and only when they are waited for."""

    def __init__(self, function: Callable[[str], Any], num_workers: int, seed: int = 0) -> None:
        self.objective, self.num_workers = Objective("o", function), num_workers
        self.random = random.Random(seed)
        self.running: list[tuple[str, Future[CallResult]]] = []
        self.most, self.order = 0, list[str]()

    def wait_until_ready(self) -> None:
        pass

    def submit(self, string: str, place: CallPlace | None = None) -> Future[CallResult]:
        future: Future[CallResult] = Future()
        self.running.append((string, future))
        self.most = max(self.most, len(self.running))
        return future

    def wait(self, futures: Any, timeout: float, return_when: str) -> tuple[set[Any], set[Any]]:
        """Take the place of `concurrent.futures.wait`: one call comes back."""
        string, future = self.running.pop(self.random.randrange(len(self.running)))
        self.order.append(string)
        future.set_result(call(self.objective, string))
        return {future}, set(futures) - {future}

    def close(self) -> None:
        pass


def spend(
    path: Path, oracle: Any, budget: int = 14, **settings: Any
) -> tuple[Ending, list[Evaluation], Counting]:
    """Run, or go on, under the ledger of this path."""
    optimizer = Counting(budget)
    with Ledger.open(path) if path.exists() else Ledger.create(path) as ledger:
        config = ExecutionConfig(**settings)
        ending = optimize(optimizer, oracle, ledger, lambda rows: None, config)
        return ending, ledger.evaluations(), optimizer


def comparable(path: Path) -> list[Any]:
    with Ledger.open(path) as ledger:
        return ledger.comparable()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def shuffled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shuffled]:
    def make(function: Callable[[str], Any], num_workers: int, seed: int = 0) -> Shuffled:
        oracle = Shuffled(function, num_workers, seed)
        monkeypatch.setattr(loop_module, "wait", oracle.wait)
        return oracle

    return make


def fickle(smiles: str) -> float:
    """Fails for two lengths of five."""
    if len(smiles) % 5 in (0, 2):
        raise RuntimeError("no pose")
    return float(len(smiles))


class Moody:
    """Fails at the first call of each molecule of odd length, and always at length 4."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, smiles: str) -> float:
        first = smiles not in self.seen
        self.seen.add(smiles)
        if len(smiles) == 4 or (first and len(smiles) % 2):
            raise RuntimeError("no pose")
        return float(len(smiles))


@pytest.mark.parametrize("workers", [2, 3, 8])
@pytest.mark.parametrize("retries", [0, 2])
def test_many_workers_give_the_ledger_of_one(
    tmp_path: Path, shuffled: Callable[..., Shuffled], workers: int, retries: int
) -> None:
    one, many = tmp_path / "one.sqlite", tmp_path / "many.sqlite"
    assert spend(one, Objective("o", fickle), retries=retries)[0] is Ending.SPENT
    oracle = shuffled(fickle, workers, workers)
    assert spend(many, oracle, retries=retries)[0] is Ending.SPENT
    assert comparable(many) == comparable(one)
    assert 1 < oracle.most <= workers
    assert oracle.order != [row.string for row in comparable(one) if isinstance(row, Evaluation)]


def test_each_attempt_is_charged(path: Path) -> None:
    _, rows, _ = spend(path, Objective("o", Moody()), budget=14, retries=1)
    tried = [(len(row.string), row.origin == RETRY, row.value) for row in rows]
    assert tried[:7] == [
        *((1, False, None), (2, False, 2.0), (3, False, None), (4, False, None)),
        *((1, True, 1.0), (3, True, 3.0), (4, True, None)),
    ]
    assert len(rows) == 14
    assert [row.details["of"] for row in rows[4:7]] == [1, 3, 4]


def test_the_last_attempts_stay_within_the_budget(path: Path) -> None:
    ending, rows, _ = spend(path, Objective("o", Moody()), budget=5, retries=3)
    assert ending is Ending.SPENT
    assert [len(row.string) for row in rows] == [1, 2, 3, 4, 1]


def test_a_run_stopped_before_an_attempt_makes_it_later(path: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.sqlite"
    spend(whole, Objective("o", fickle), retries=2)
    count = len([row for row in comparable(whole) if isinstance(row, Evaluation)])
    for stop in range(1, count + 1):
        other, calls = tmp_path / f"{stop}.sqlite", [0]

        def stopping(smiles: str, stop: int = stop, calls: list[int] = calls) -> float:
            calls[0] += 1
            if calls[0] == stop:
                raise KeyboardInterrupt
            return fickle(smiles)

        with pytest.raises(KeyboardInterrupt):
            spend(other, Objective("o", stopping), retries=2)
        spend(other, Objective("o", fickle), retries=2)
        assert comparable(other) == comparable(whole)


def test_calls_made_are_calls_counted_wherever_a_run_is_stopped(tmp_path: Path) -> None:
    for stop in range(1, 15):
        path, made = tmp_path / f"{stop}.sqlite", list[str]()

        def logged(smiles: str, stop: int = stop, made: list[str] = made) -> float:
            made.append(smiles)
            if len(made) == stop:
                raise KeyboardInterrupt
            return float(len(smiles))

        with pytest.raises(KeyboardInterrupt):
            spend(path, Objective("o", logged))
        spend(path, Objective("o", logged))
        with Ledger.open(path) as ledger:
            assert (ledger.num_calls, ledger.num_interrupted) == (14, 1)
        assert len(made) == 15


class Losing(Shuffled):
    """Loses its scheduler during every third call."""

    def __init__(self, function: Callable[[str], Any], num_workers: int) -> None:
        super().__init__(function, num_workers)
        self.calls, self.lost = 0, 0

    def submit(self, string: str, place: CallPlace | None = None) -> Future[CallResult]:
        self.calls += 1
        if self.calls % 3:
            return super().submit(string, place)
        self.lost += 1
        future: Future[CallResult] = Future()
        future.set_exception(LostCallError("the scheduler was lost during the call"))
        return future


def test_lost_calls_are_made_again_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, many = tmp_path / "one.sqlite", tmp_path / "many.sqlite"
    spend(one, Objective("o", fickle))
    oracle = Losing(fickle, 3)

    def wait(futures: Any, *more: Any) -> tuple[set[Any], set[Any]]:
        done = {future for future in futures if future.done()}
        return (done, set(futures) - done) if done else oracle.wait(futures, *more)

    monkeypatch.setattr(loop_module, "wait", wait)
    assert spend(many, oracle)[0] is Ending.SPENT
    assert comparable(many) == comparable(one)
    with Ledger.open(many) as ledger:
        assert ledger.num_interrupted == oracle.lost > 3


def test_a_call_of_a_quick_objective_waits_once_for_the_disk(path: Path) -> None:
    begun = 0

    def count(statement: str) -> None:
        nonlocal begun
        begun += statement == "BEGIN IMMEDIATE"

    with Ledger.create(path) as ledger:
        ledger._connection.set_trace_callback(count)
        optimizer = Counting(100)
        optimize(optimizer, Objective("o", len), ledger, lambda rows: None)
    steps = len(optimizer.pending)
    # Beside its result, the first call of a batch has a start of its own, and so have the probes.
    assert begun < 100 + 3 * steps + 8


def test_a_target_ends_the_run_and_a_higher_one_goes_on(path: Path) -> None:
    ending, rows, _ = spend(path, Objective("o", len), target=6)
    assert ending is Ending.TARGET
    assert [row.value for row in rows] == [1, 2, 3, 4, 5, 6, None, None]
    assert spend(path, Objective("o", len), target=6)[0] is Ending.TARGET
    assert spend(path, Objective("o", len))[0] is Ending.SPENT
    assert [row.value for row in spend(path, Objective("o", len))[1]] == list(range(1, 15))


def test_calls_that_run_when_the_target_is_reached_are_recorded(
    path: Path, shuffled: Callable[..., Shuffled]
) -> None:
    ending, rows, _ = spend(path, shuffled(len, 4), target=2)
    assert ending is Ending.TARGET
    with Ledger.open(path) as ledger:
        assert ledger.num_interrupted == 0
    assert all(row.value is not None for row in rows[:3])


def test_no_call_begins_after_the_hours_are_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]

    def slow(smiles: str) -> float:
        clock[0] += 600.0
        return 1.0

    monkeypatch.setattr(loop_module, "monotonic", lambda: clock[0])
    ending, rows, _ = spend(path, Objective("o", slow), max_hours=0.5)
    assert ending is Ending.TIME
    assert [row.value for row in rows] == [1, 1, 1, None]
    assert spend(path, Objective("o", slow), max_hours=10)[0] is Ending.SPENT


def test_without_waiting_every_worker_is_busy(
    path: Path, shuffled: Callable[..., Shuffled]
) -> None:
    def value(smiles: str) -> float:
        return float(len(smiles))

    oracle = shuffled(value, 6)
    ending, rows, optimizer = spend(path, oracle, budget=30, asynchronous=True)
    assert ending is Ending.SPENT
    assert sorted(row.value or 0 for row in rows) == list(range(1, 31))
    # Some proposals were made while calls of an earlier batch were still running.
    assert max(optimizer.pending) > 0
    assert oracle.most == 6


def test_without_waiting_failed_calls_are_made_again(
    path: Path, shuffled: Callable[..., Shuffled]
) -> None:
    _, rows, _ = spend(path, shuffled(fickle, 4), budget=25, asynchronous=True, retries=1)
    assert len(rows) == 25
    attempts = {
        smiles: [row.status for row in rows if row.string == smiles]
        for smiles in {row.string for row in rows}
    }
    again = [statuses for statuses in attempts.values() if len(statuses) > 1]
    assert again
    assert all(statuses == [Status.FAILED] * 2 for statuses in again)


@pytest.mark.parametrize("workers", [2, 5])
def test_a_wrong_function_costs_three_calls_with_any_number_of_workers(
    path: Path, shuffled: Callable[..., Shuffled], workers: int
) -> None:
    def wrong(smiles: str) -> float:
        raise TypeError("wrong")

    with pytest.raises(ObjectiveError, match="failed on all 3 probe molecules"):
        spend(path, shuffled(wrong, workers))
    with Ledger.open(path) as ledger:
        assert (ledger.num_calls, ledger.num_interrupted) == (3, 0)


def test_many_failures_in_a_row_pause_the_run(tmp_path: Path) -> None:
    # From the fourth call on all fail; resumed, the run may fail as often again.
    def score(string: str) -> float:
        if len(string) > 3:
            raise RuntimeError("the licence server is down")
        return 1.0

    oracle, config = Objective("o", score), ExecutionConfig(max_failures=5)
    Ledger.create(tmp_path / "ledger").close()
    for calls in (8, 13):
        with Ledger.open(tmp_path / "ledger") as ledger:
            ending = optimize(
                Counting(30), Objective("o", score), ledger, lambda rows: None, config
            )
            assert (ending, ledger.num_calls) == (Ending.FAILURES, calls)
    with Ledger.open(tmp_path / "ledger") as ledger:
        any_number = ExecutionConfig(max_failures=0)
        optimize(Counting(30), oracle, ledger, lambda rows: None, any_number)
        assert ledger.num_calls == 30
