"""Runs an optimizer against an oracle and records it in a ledger, from which it can be resumed.

Synchronous by default: the calls of a batch are made in parallel if the oracle has several workers,
and the optimizer gets their results in the order in which it proposed them. So the same seed gives
the same ledger with one worker and with many.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from enum import StrEnum
from time import monotonic
from typing import Any, Protocol

from latentbo.errors import LostCallError, ObjectiveError
from latentbo.execution import CallResult, ExecutionConfig, InProcess, Oracle
from latentbo.interruption import STEP, raise_if_interrupted
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import RETRY, Evaluation, Proposal, Status, StepRecord, Suggestion
from latentbo.objectives import CallPlace, Objective

NUM_PROBES = 3
SECONDS_AN_HOUR = 3600.0


class Ending(StrEnum):
    """Why a run came to its end."""

    SPENT = "the budget is spent, or the protocol came to its end"
    EXHAUSTED = "nothing new could be proposed"
    TARGET = "the target was reached"
    TIME = "its hours are over"
    FAILURES = "too many calls failed in a row"


class Optimizer(Protocol):
    """Proposes batches, as `BatchOptimizer` does."""

    @property
    def config(self) -> Any:
        """Settings; `config.budget` is the number of calls that may be made."""

    def ask(
        self, evaluations: Sequence[Evaluation], steps: Sequence[StepRecord] = ()
    ) -> Suggestion:
        """Propose the next batch, given all evaluations (finished, or pending) and steps so far."""


def optimize(
    optimizer: Optimizer,
    oracle: Oracle | Objective,
    ledger: Ledger,
    show: Callable[[list[Evaluation]], None],
    config: ExecutionConfig = ExecutionConfig(),  # noqa: B008 - frozen
) -> Ending:
    """Spend the budget; goes on where the ledger ends.

    The first three initial molecules are the probes of the objective: counted like all others.

    Args:
        optimizer: Proposes.
        oracle: Makes the calls; an objective is called in this process.
        ledger: The start of every call is written to it before the call is made, and its result as
            soon as it is there.
        show: Called with all finished evaluations after each call.
        config: Retries, order and ends. Where calls are made is the oracle's.

    Returns:
        Why it ended. After `TIME`, `TARGET` and `FAILURES` there may be proposals whose calls were
        not made.

    Raises:
        ObjectiveError: If the objective fails on all probes, or cannot be loaded by a worker.
    """
    if isinstance(oracle, Objective):
        oracle = InProcess(oracle)
    return _Run(optimizer, oracle, ledger, show, config).spend()


@dataclass
class _Run:
    optimizer: Optimizer
    oracle: Oracle
    ledger: Ledger
    show: Callable[[list[Evaluation]], None]
    config: ExecutionConfig

    def __post_init__(self) -> None:
        rows = self.ledger.evaluations()
        self.rows = {row.call: row for row in rows}  # in the order of their calls
        self.steps = self.ledger.steps()
        self.finished = [row for row in rows if row.status is not Status.PENDING]
        self.waiting = deque(row for row in rows if row.status is Status.PENDING)
        self.running: dict[Future[CallResult], Evaluation] = {}
        self.begun: Evaluation | None = None  # its start is recorded, the call is to be made
        self.failures = 0  # in a row, since this start
        self.best = max((row.value for row in rows if row.value is not None), default=-math.inf)
        hours = self.config.max_hours
        self.run = str(self.ledger.path.parent.resolve())
        self.deadline = None if hours is None else monotonic() + hours * SECONDS_AN_HOUR

    def spend(self) -> Ending:
        _check_probes(self.finished, self.optimizer.config.budget)
        ending: Ending | None = None
        while ending is None or self.running:
            ending = ending or self._reason_to_stop() or self._refill()
            if ending is None:
                self._begin()
            if self.running:
                self._collect()
        return ending

    def _reason_to_stop(self) -> Ending | None:
        if self.begun is not None:
            return None
        if len(self.finished) >= self.optimizer.config.budget:
            return Ending.SPENT
        if self.config.target is not None and self.best >= self.config.target:
            return Ending.TARGET
        if self.deadline is not None and monotonic() >= self.deadline:
            return Ending.TIME
        if 0 < self.config.max_failures <= self.failures:
            return Ending.FAILURES
        return None

    def _refill(self) -> Ending | None:
        """Ask for proposals where a worker would be idle without them."""
        while not self.waiting and self.begun is None and not self._is_busy():
            if self._retry():
                break
            if len(self.rows) >= self.optimizer.config.budget:
                break
            suggestion = self.optimizer.ask(list(self.rows.values()), self.steps)
            if suggestion.finished:
                return Ending.SPENT
            if not suggestion.proposals and suggestion.finished is None:
                # Calls that still run may bring what the optimizer lacks.
                return None if self.running else Ending.EXHAUSTED
            self.ledger.propose(suggestion.step, suggestion.proposals)
            # As a resumed run would read it: JSON has no tuples.
            self.steps = [*self.steps, *self.ledger.steps(len(self.steps))]
            self._add(suggestion.proposals)
        return None

    def _is_busy(self) -> bool:
        most = self.oracle.num_workers if self.config.asynchronous else 1
        return len(self.running) >= most

    def _retry(self) -> bool:
        """Propose once more what has failed; tells whether there is any such."""
        again = _to_retry(list(self.rows.values()), self.config.retries)
        again = again[: self.optimizer.config.budget - len(self.rows)]
        self.ledger.add(again)
        self._add(again)
        return bool(again)

    def _add(self, proposals: Iterable[Proposal]) -> None:
        for proposal in proposals:
            row = _pending(proposal)
            self.rows[row.call] = row
            self.waiting.append(row)

    def _begin(self) -> None:
        """Begin as many calls as there are workers; alone the probes, until one has a value."""
        while len(self.running) < self.oracle.num_workers:
            row = self._next()
            if row is None:
                break
            future = self.oracle.submit(row.string, CallPlace(row.call, self.run))
            self.running[future] = row
            if future.done():
                break

    def _next(self) -> Evaluation | None:
        """Return the next call, whose start is recorded; None: there is none to be made now."""
        if self.begun is not None:
            row, self.begun = self.begun, None
            return row
        if not self.waiting or self._is_probing():
            return None
        self.oracle.wait_until_ready()
        row = self.waiting.popleft()
        self.ledger.start(row.call)
        return row

    def _foreseen(self) -> Evaluation | None:
        """Return the call that surely follows a result; its start is recorded with the result.

        Each record waits for the disk, which for a cheap objective is most of a call.
        """
        is_next = isinstance(self.oracle, InProcess) and not self.running
        is_next &= len(self.finished) > NUM_PROBES and self._reason_to_stop() is None
        return self.waiting.popleft() if is_next and self.waiting else None

    def _is_probing(self) -> bool:
        """Whether the probes are being called and none has a value yet."""
        begun = len(self.finished) + len(self.running)
        found = any(row.value is not None for row in self.finished)
        return bool(self.running) and begun == NUM_PROBES and not found

    def _collect(self) -> None:
        """Record what is ready; wait for the first if nothing is."""
        done: set[Future[CallResult]] = set()
        while not done:
            raise_if_interrupted()
            done, _ = wait(self.running, STEP, FIRST_COMPLETED)
        for future in sorted(done, key=lambda each: self.running[each].call):
            row = self.running.pop(future)
            try:
                result = future.result()
            except LostCallError:
                self.waiting = deque(sorted([row, *self.waiting], key=lambda each: each.call))
                continue
            status = Status.FAILED if result.value is None else Status.OK
            row = replace(
                row,
                status=status,
                value=result.value,
                message=result.error,
                seconds=result.seconds,
                terms=result.terms,
            )
            self.rows[row.call] = row
            self.finished.append(row)
            self.failures = self.failures + 1 if result.value is None else 0
            self.best = max(self.best, -math.inf if result.value is None else result.value)
            self.begun = self._foreseen()
            self.ledger.finish(
                *(row.call, result.value, result.error, result.seconds, result.terms),
                start=None if self.begun is None else self.begun.call,
            )
            _check_probes(self.finished, self.optimizer.config.budget)
            self.show(self.finished)


def _pending(proposal: Proposal) -> Evaluation:
    return Evaluation(
        proposal.call, proposal.batch, proposal.string, proposal.origin, proposal.details
    )


def _to_retry(rows: Sequence[Evaluation], retries: int) -> list[Proposal]:
    """Return the next attempts for molecules whose calls have all failed.

    It is told from the rows alone, so that a run that is killed before an attempt makes it later.
    """
    if not retries or not rows:
        return []
    tried = Counter(row.string for row in rows)
    failed = {row.string: row.call for row in rows}
    for row in rows:
        if row.status is not Status.FAILED:
            failed.pop(row.string, None)
    again = [smiles for smiles in failed if tried[smiles] <= retries]
    return [
        Proposal(call, rows[-1].batch, smiles, RETRY, {"of": failed[smiles]})
        for call, smiles in enumerate(again, start=rows[-1].call + 1)
    ]


def _check_probes(finished: list[Evaluation], budget: int) -> None:
    probes = finished[:NUM_PROBES]
    enough = len(probes) >= min(NUM_PROBES, budget)
    if enough and all(row.status is Status.FAILED for row in probes):
        raise ObjectiveError(
            f"the objective failed on all {len(probes)} probe molecules, e.g. {probes[0].string}: "
            f"{probes[0].message}; mend the function and start a new run"
        )
