"""The records of a run: proposals, their evaluations, and one record per step of the loop."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from latentbo.data.bounds import Bound

#: Origin of strings drawn from the pool before the first fit.
INITIAL = "initial"
#: Origins that allow a molecule proposed before: a retry after a failure, and a measurement without
#: a proposal (of a user's own molecule, or a repetition).
RETRY, MEASURED = "retry", "measured"
#: Name of the term that holds the bound of a censored value: its sign, and the number.
BOUND = "bound"


class Status(StrEnum):
    """The status of an oracle call."""

    PENDING = "pending"
    OK = "ok"
    FAILED = "failed"
    CENSORED = "censored"


@dataclass(frozen=True)
class Proposal:
    """A string proposed for one oracle call.

    Args:
        call: Number of the oracle call, consecutive from 1.
        batch: Number of the proposing step; 0 is the initial pool.
        string: Canonical SMILES of a molecule, or an expression.
        origin: The source of the proposal, such as "initial" or "trust-region".
        details: Further facts as JSON, such as the predicted mean and standard deviation.

    Raises:
        ValueError: If `call` or `batch` is below its first number, or `string` is empty.
    """

    call: int
    batch: int
    string: str
    origin: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.call < 1:
            raise ValueError(f"calls are numbered from 1, got call={self.call}")
        if self.batch < 0:
            raise ValueError(f"batches are numbered from 0, got batch={self.batch}")
        if not self.string:
            raise ValueError(f"call {self.call} has an empty string")


@dataclass(frozen=True)
class Evaluation(Proposal):
    """A proposal and the result of its oracle call.

    Args:
        status: "ok" with a value, "failed" without one, "censored" with a bound, or "pending".
        value: The objective's value, always maximised; finite.
        message: Reason of a failure; may be empty.
        seconds: Duration of the call. The only field in which equal runs may differ.
        terms: For an objective of several terms: name to `raw` value and `score`.

    Raises:
        ValueError: If `status` and `value` contradict each other.
    """

    status: Status = Status.PENDING
    value: float | None = None
    message: str = ""
    seconds: float | None = None
    terms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def bound(self) -> Bound | None:
        """The bound of a censored value, which is no value: nothing is ranked by it."""
        return next((Bound(*item) for item in self.terms.get(BOUND, {}).items()), None)

    def __post_init__(self) -> None:
        super().__post_init__()
        has_value = self.value is not None and math.isfinite(self.value)
        if has_value != (self.status is Status.OK) or (self.value is not None and not has_value):
            raise ValueError(
                f"call {self.call} has status {self.status!s} and value {self.value}: "
                "exactly the ok calls have a finite value"
            )


@dataclass(frozen=True)
class StepRecord:
    """The frozen record of one step of the ask-tell loop.

    Args:
        batch: Number of the step, consecutive from 0 (the initial pool).
        state: Facts about the step as JSON and without times, such as the trust region's length.
            The report adds up the counts `decoded` (all decodes of the step) and, among these,
            `invalid`, `filtered` and `known`, if given.

    Raises:
        ValueError: If `batch` is negative.
    """

    batch: int
    state: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.batch < 0:
            raise ValueError(f"batches are numbered from 0, got batch={self.batch}")


@dataclass(frozen=True)
class Suggestion:
    """The return value of `ask`: a step's record and its proposals (fewer if none are left).

    Args:
        step: The record, empty if `finished`.
        proposals: Strings for oracle calls.
        finished: True: the protocol has ended, and there is nothing to record. False: it continues
            after this step, even without proposals. None: it continues as long as there are
            proposals.
    """

    step: StepRecord
    proposals: list[Proposal]
    finished: bool | None = None
