"""The evaluated strings with what describes them, as rows for tables."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO

from latentbo.cells import cell
from latentbo.ledger.record import INITIAL, Evaluation
from latentbo.report.front import raw_column
from latentbo.report.quality import NUM_BEST
from latentbo.report.run import Run
from latentbo.report.value_scale import PLAIN, ValueScale
from latentbo.report.view import Measure, View


@dataclass(frozen=True)
class Hit:
    """An evaluated string, described.

    Args:
        evaluation: The call that was spent on it.
        view: How its task presents it.
        numbers: What describes it, one for each of the view's measures.
        nearest_initial: The most similar string of the initial pool; None without pool, or if the
            task has no similarity.
        similarity: How similar that one is, in [0, 1].
        alerts: What speaks against it; None if it was not looked for, as it is among the best only.
        terms: Raw values of the terms of a combined objective by their names, None where a term has
            none; empty for an objective without terms.
        count: Measurements whose mean its value is; None where no string of the run was repeated.
        beside: The user's columns and `id`, one for each that some string of the run has.
        scale: How values are written; the direction is the user's.
    """

    evaluation: Evaluation
    view: View
    numbers: tuple[float | None, ...]
    nearest_initial: str | None = None
    similarity: float | None = None
    alerts: tuple[str, ...] | None = None
    terms: Mapping[str, float | None] = field(default_factory=dict)
    count: int | None = None
    beside: Mapping[str, str] = field(default_factory=dict)
    scale: ValueScale = PLAIN

    @property
    def is_initial(self) -> bool:
        """Whether the run started from it."""
        return self.evaluation.origin == INITIAL

    @property
    def _value(self) -> str:
        """Its value or bound with all the digits that equal runs agree in."""
        bound = self.evaluation.bound
        value = self.scale.number(self.evaluation.value)
        return str(self.scale.bound(bound)) if bound else _fixed(value, ".10g")

    @property
    def facts(self) -> list[tuple[Measure, float | None]]:
        """The measures with their numbers."""
        return list(zip(self.view.measures, self.numbers, strict=True))

    def fields(self) -> dict[str, str]:
        """The columns of `hits.csv`: one line of text each, and nothing that equal runs differ in.

        The value has ten significant digits; the ledger holds it exactly.
        """
        row = self.evaluation
        texts = {
            self.view.column: row.string,
            "value": self._value,
            "call": str(row.call),
            "origin": row.origin,
            "status": row.status.value,
            "nearest_initial": self.nearest_initial or "",
            "similarity": _fixed(self.similarity, ".4f"),
            "alerts": "" if self.alerts is None else "; ".join(self.alerts) or "none",
            "message": row.message,
        }
        texts |= {measure.column: _fixed(number, measure.exact) for measure, number in self.facts}
        raw = {raw_column(name): _fixed(number, ".10g") for name, number in self.terms.items()}
        if self.count is not None:
            raw["measurements"] = str(self.count)
        first = self.view.columns.index("status") + 1
        columns = (*self.view.columns[:first], *raw, *self.view.columns[first:])
        found = {name: " ".join((texts | raw)[name].split()) for name in columns}
        # A column of the user's that is called like one of ours gets a name of its own.
        own = {
            name if name not in found else f"{name} (given)": x for name, x in self.beside.items()
        }
        return found | {name: " ".join(text.split()) for name, text in own.items()}


def collect_hits(run: Run, view: View) -> list[Hit]:
    """Describes every evaluated string, best first and failed calls last; each stands once.

    Raises:
        InputError: If the ledger holds a string that is none of the task.
    """
    strings = [row.string for row in run.ranked]
    beside = {row.string: dict(run.beside.get(row.string, {})) for row in run.ranked}
    for row in run.ranked if run.files else ():
        beside[row.string]["files"] = "; ".join(run.files.get(row.call, ()))
    named = dict.fromkeys(name for row in run.ranked for name in beside[row.string])
    repeated = any(len(values) > 1 for values in run.measurements.values())
    pool = [row.string for row in run.initial]
    if view.neighbours is not None and pool:
        neighbours = view.neighbours(strings, pool)
    else:
        neighbours = [(None, None)] * len(strings)
    return [
        Hit(
            *(row, view, tuple(view.measure(row.string)), *neighbour, _alerts(view, row, rank)),
            {name: row.terms[name]["raw"] if name in row.terms else None for name in run.terms},
            len(run.measurements[row.string]) if repeated else None,
            {name: beside[row.string].get(name, "") for name in named},
            run.scale,
        )
        for rank, (row, neighbour) in enumerate(zip(run.ranked, neighbours, strict=True), start=1)
    ]


def _alerts(view: View, row: Evaluation, rank: int) -> tuple[str, ...] | None:
    if view.alerts is None or row.value is None or rank > NUM_BEST:
        return None
    return tuple(view.alerts(row.string))


def hits_csv(hits: Sequence[Hit], view: View) -> str:
    """The text of `hits.csv`."""
    stream = StringIO()
    rows = [{name: cell(text) for name, text in hit.fields().items()} for hit in hits]
    columns = list(rows[0]) if rows else list(view.columns)
    writer = csv.DictWriter(stream, columns, lineterminator="\n")
    writer.writerow({name: cell(name) for name in columns})
    writer.writerows(rows)
    return stream.getvalue()


def _fixed(number: float | None, form: str) -> str:
    return "" if number is None else format(number, form)
