"""Oracles, and the result of a call."""

import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from latentbo.objectives import CallPlace, Objective, calling, evaluate_in_detail


@dataclass(frozen=True)
class CallResult:
    """The result of one call of the objective.

    Args:
        value: The value, None if the call failed.
        error: Why it failed, in one line; empty if it did not.
        terms: Of an objective that is made of several: name to `raw` value and `score`.
        seconds: Duration of the call, without the time that it waited for a worker.
    """

    value: float | None
    error: str = ""
    terms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    seconds: float = 0.0


class Oracle(Protocol):
    """Makes calls, several at once if it has several workers."""

    @property
    def num_workers(self) -> int:
        """Number of calls made at once, at least 1."""

    def wait_until_ready(self) -> None:
        """Wait for what makes the calls: the start of a call is recorded when it can be made."""

    def submit(self, string: str, place: CallPlace | None = None) -> "Future[CallResult]":
        """Begin a call, whose files go to its place.

        A failed call is a result without value, not an exception. The only exceptions are
        `LostCallError` (the call is to be made again), and what ends the run: `ObjectiveError`,
        `PausedError` and the like.
        """

    def close(self) -> None:
        """Drop the calls that still run, and let the workers go."""


def call(objective: Objective, string: str, place: CallPlace | None = None) -> CallResult:
    """Call an objective here and now."""
    started = time.perf_counter()
    with calling(place):
        outcome = evaluate_in_detail(objective, string)
    seconds = time.perf_counter() - started
    return CallResult(outcome.value, outcome.error, outcome.details(), seconds)


@dataclass(frozen=True)
class InProcess:
    """Makes each call at once, in this process: nothing can end one that hangs.

    Args:
        objective: What is called.
    """

    objective: Objective

    @property
    def num_workers(self) -> int:
        """One."""
        return 1

    def wait_until_ready(self) -> None:
        """It always is."""

    def submit(self, string: str, place: CallPlace | None = None) -> "Future[CallResult]":
        """Make a call; the future is done when this returns."""
        future: Future[CallResult] = Future()
        future.set_result(call(self.objective, string, place))
        return future

    def close(self) -> None:
        """There is nothing to let go."""
