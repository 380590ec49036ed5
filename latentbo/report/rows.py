"""All that a run knows of strings, as rows of one table: measured, proposed, and waiting."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from latentbo.data.bounds import Bound
from latentbo.data.compounds import Compound
from latentbo.ledger.averages import mean
from latentbo.ledger.record import INITIAL, MEASURED, Evaluation, Status
from latentbo.report.hits import Hit
from latentbo.report.run import Run
from latentbo.report.view import View


class Kind(StrEnum):
    """Where a string comes from."""

    GIVEN = "given"
    INITIAL = "initial"
    PROPOSED = "proposed"
    OWN = "own"
    PENDING = "pending"


#: What they are called.
KINDS: dict[Kind, str] = {
    Kind.GIVEN: "measured before",
    Kind.INITIAL: "starting pool",
    Kind.PROPOSED: "proposed",
    Kind.OWN: "not suggested",
    Kind.PENDING: "awaited",
}


@dataclass(frozen=True)
class Row:
    """One string.

    Args:
        string: The string.
        kind: Where it comes from.
        numbers: What describes it, one for each of the view's measures.
        value: The mean of its values, as the run maximises it; None if it has none.
        bound: What is known instead of a value, of a censored measurement.
        count: How many values it has.
        call: Number of its first call; None if it never was one.
        origin: Which proposal made it; empty if it never was one.
        message: Why its measurement failed; may be empty.
        predicted: What the model predicted when it was suggested; None if nobody asked it.
        hit: What else is known of it, if it has a result of this run.
        beside: The user's columns, its `id` among them.
    """

    string: str
    kind: Kind
    numbers: tuple[float | None, ...]
    value: float | None = None
    bound: Bound | None = None
    count: int = 0
    call: int | None = None
    origin: str = ""
    message: str = ""
    predicted: float | None = None
    hit: Hit | None = None
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its ID; may be empty."""
        return self.beside.get("id", "")

    @property
    def source(self) -> str:
        """Its origin in a word or two."""
        return self.origin or "given"


def collect_rows(run: Run, view: View, hits: Sequence[Hit]) -> list[Row]:
    """Return every string of a run once, the best first, those without a value last.

    Args:
        run: The run.
        view: How its task presents strings.
        hits: Its strings with a result, described.
    """
    given: dict[str, list[Compound]] = defaultdict(list)
    for each in run.compounds:
        given[each.string].append(each)
    rows = [_of_hit(run, hit, given.pop(hit.evaluation.string, [])) for hit in hits]
    rows += [_of_given(run, view, string, compounds) for string, compounds in given.items()]
    waiting = [row for row in run.evaluations if row.status is Status.PENDING]
    known = {row.string for row in rows}
    rows += [_of_pending(run, view, row) for row in waiting if row.string not in known]
    return sorted(rows, key=lambda row: (row.value is None, -(row.value or 0.0)))


def _of_hit(run: Run, hit: Hit, before: Sequence[Compound]) -> Row:
    row = hit.evaluation
    values = [each.value for each in before if each.value is not None]
    values += run.measurements[row.string]
    bounds = [each.bound for each in before if each.bound]
    return Row(
        *(row.string, _kind(row, bool(before)), hit.numbers),
        value=mean(values) if values else None,
        bound=None if values else row.bound or next(iter(bounds), None),
        count=len(values),
        call=row.call,
        origin=row.origin,
        message=row.message,
        predicted=row.details.get("predicted"),
        hit=hit,
        beside=run.beside.get(row.string, {}),
    )


def _kind(row: Evaluation, is_given: bool) -> Kind:
    if is_given:
        return Kind.GIVEN
    return {INITIAL: Kind.INITIAL, MEASURED: Kind.OWN}.get(row.origin, Kind.PROPOSED)


def _of_given(run: Run, view: View, string: str, compounds: Sequence[Compound]) -> Row:
    values = [each.value for each in compounds if each.value is not None]
    bounds = [each.bound for each in compounds if each.bound]
    return Row(
        *(string, Kind.GIVEN, tuple(view.measure(string))),
        value=mean(values) if values else None,
        bound=None if values else next(iter(bounds), None),
        count=len(values),
        beside=run.beside.get(string, {}),
    )


def _of_pending(run: Run, view: View, row: Evaluation) -> Row:
    return Row(
        *(row.string, Kind.PENDING, tuple(view.measure(row.string))),
        call=row.call,
        origin=row.origin,
        predicted=row.details.get("predicted"),
        beside=run.beside.get(row.string, {}),
    )
