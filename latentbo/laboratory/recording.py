"""Record measurements in the ledger, all of them or none.

The step that records them also contains them and is written in one transaction. After a crash in
between, the calls are completed from it when the run is opened again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from latentbo.laboratory.measurement import Measurement
from latentbo.ledger import BOUND, MEASURED, Ledger, Proposal, Status, StepRecord

#: Name, in a step's state, of the results that it records: number of the call, value, message and,
#: of a censored one, its bound as the ledger's terms hold it.
TOLD = "told"
NO_REASON = "the measurement failed"


@dataclass(frozen=True)
class Recorded:
    """The outcome of recording results.

    Args:
        suggested: How many belong to molecules that were suggested and awaited.
        own: How many to molecules that nobody had suggested.
        repeated: How many to molecules whose value was known, or that were tried before.
        failed: How many of all these are failed measurements.
        censored: How many are bounds.
        known: Lines of a file that were recorded before, and left out.
        open: Lines of a file without a value as yet.
        unusable: Lines of a file that cannot be used.
    """

    suggested: int = 0
    own: int = 0
    repeated: int = 0
    failed: int = 0
    known: int = 0
    open: int = 0
    censored: int = 0
    unusable: int = 0

    @property
    def total(self) -> int:
        """Number of recorded results."""
        return self.suggested + self.own + self.repeated


def record(
    ledger: Ledger, measurements: Sequence[Measurement], note: Mapping[str, Any] | None = None
) -> Recorded:
    """Record measurements in one step.

    The first of a molecule that was suggested and is awaited is the result of this call; all others
    are calls of their own, with the origin `MEASURED`.

    Args:
        ledger: Of the run.
        measurements: Of canonical strings.
        note: Facts for the step's state.

    Raises:
        LedgerError: If they cannot be written; then nothing is.
    """
    finish_told(ledger)
    if not measurements:
        return Recorded()
    rows = ledger.evaluations()
    awaited = {row.string: row.call for row in rows if row.status is Status.PENDING}
    known = {row.string for row in rows}
    step, told, proposals = len(ledger.steps()), list[list[Any]](), list[Proposal]()
    counts = dict.fromkeys(("suggested", "own", "repeated"), 0)
    for each in measurements:
        call = awaited.pop(each.string, None)
        kind = "suggested" if call else "repeated" if each.string in known else "own"
        counts[kind] += 1
        known.add(each.string)
        if call is None:
            call = len(rows) + len(proposals) + 1
            proposals.append(Proposal(call, step, each.string, MEASURED))
        told.append(_told(call, each))
    ledger.propose(StepRecord(step, {**(note or {}), TOLD: told}), proposals)
    finish_told(ledger)
    return Recorded(
        **counts,
        failed=sum(each.value is None and not each.bound for each in measurements),
        censored=sum(each.bound is not None for each in measurements),
    )


def _told(call: int, each: Measurement) -> list[Any]:
    if each.bound:
        terms = {BOUND: {each.bound.sign: each.bound.number}}
        return [call, None, each.message or str(each.bound), terms]
    message = (each.message or NO_REASON) if each.value is None else each.message
    return [call, each.value, message]


def finish_told(ledger: Ledger) -> None:
    """Write results that are in the step records but, after a crash, not in the ledger.

    Raises:
        LedgerError: If they cannot be written.
    """
    told = {
        call: (value, message, None, *terms)
        for step in ledger.steps()
        for call, value, message, *terms in step.state.get(TOLD, ())
    }
    for row in ledger.pending():
        if row.call in told:
            ledger.start(row.call)
            ledger.finish(row.call, *told[row.call])
