"""The table of all strings of a run, as the page's script reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from markupsafe import Markup

from latentbo.report.dots import DotPlot
from latentbo.report.rows import KINDS, Row
from latentbo.report.run import Run
from latentbo.report.value_scale import ValueScale
from latentbo.report.view import View

#: Rows with a drawing; of all others the page shows the string alone.
NUM_DRAWN = 2000
# Most columns of the user's.
_MOST_OWN = 6
_MOST_DIGITS = 7

Content = str | float | None


@dataclass(frozen=True)
class Column:
    """A column.

    Args:
        name: Its heading.
        content: Of a row: a number, a text, or None.
        is_number: Whether it is sorted and filtered as a number.
        decimals: Of its numbers.
        can_copy: Whether its cells have a button that copies them.
        is_string: Whether it holds the strings themselves.
    """

    name: str
    content: Callable[[Row], Content]
    is_number: bool = True
    decimals: int = 0
    can_copy: bool = False
    is_string: bool = False

    def text(self, row: Row) -> str:
        """A cell for people."""
        content = self.content(row)
        if isinstance(content, str):
            return content
        return "–" if content is None else f"{content:.{self.decimals}f}".replace("-", "−")


@dataclass(frozen=True)
class Table:
    """The table.

    Args:
        columns: Its columns.
        rows: Its rows, the best first.
        drawings: Of the first rows, each a small SVG.
        plots: The dots that show what row they are.
    """

    columns: list[Column]
    rows: Sequence[Row]
    drawings: list[Markup]
    plots: Sequence[DotPlot]

    def data(self) -> dict[str, object]:
        """Return all of it for the page's script, as JSON can hold it.

        Numbers have seven digits, and a cell of a column of numbers may hold a text, such as a
        bound.
        """
        return {
            "columns": [
                {
                    "name": column.name,
                    "number": column.is_number,
                    "decimals": column.decimals,
                    "copy": column.can_copy,
                    "string": column.is_string,
                }
                for column in self.columns
            ],
            "rows": [[_short(column.content(row)) for column in self.columns] for row in self.rows],
            "drawings": self.drawings,
            "plots": {plot.name: plot.places for plot in self.plots},
        }


def _short(content: Content) -> Content:
    return float(f"{content:.{_MOST_DIGITS}g}") if isinstance(content, float) else content


def table_of(
    run: Run, view: View, rows: Sequence[Row], plots: Sequence[DotPlot], scale: ValueScale
) -> Table:
    """Return the table of a run's strings.

    Args:
        run: The run.
        view: How its task presents strings.
        rows: The strings, the best first.
        plots: The plots of these rows.
        scale: How values are written.
    """
    thumbnail = view.thumbnail or partial(_drawn, run, view)
    drawings = [thumbnail(row.string) for row in rows[:NUM_DRAWN]]
    return Table(_columns(run, view, rows, scale), rows, drawings, plots)


def _drawn(run: Run, view: View, string: str) -> Markup:
    return view.draw(run, string, 180, 120)


def _columns(run: Run, view: View, rows: Sequence[Row], scale: ValueScale) -> list[Column]:
    found = [Column(scale.name, partial(_value, scale), decimals=scale.decimals)]
    if any(row.id for row in rows):
        found.insert(0, Column("ID", lambda row: row.id, is_number=False, can_copy=True))
    if any(row.predicted is not None for row in rows):
        predicted = partial(_predicted, scale)
        found.append(Column("predicted", predicted, decimals=scale.decimals))
    if any(row.count > 1 for row in rows):
        found.append(Column("measurements", lambda row: row.count))
    found += [Column(name, partial(_term, name), decimals=3) for name in run.terms]
    for place, measure in enumerate(view.measures):
        found.append(Column(measure.label, partial(_number, place), decimals=measure.decimals))
    if any(row.hit and row.hit.similarity is not None for row in rows):
        found.append(Column("similarity to start", _similarity, decimals=2))
    found.append(Column("from", lambda row: KINDS[row.kind], is_number=False))
    string = Column(view.heading, lambda row: row.string, is_number=False)
    found.append(replace(string, can_copy=True, is_string=True))
    own = dict.fromkeys(name for row in rows for name in row.beside if name != "id")
    found += [Column(name, partial(_own, name), is_number=False) for name in list(own)[:_MOST_OWN]]
    found.append(Column("origin", lambda row: row.source, is_number=False))
    found.append(Column("call", lambda row: row.call))
    if any(row.message for row in rows):
        found.append(Column("message", lambda row: row.message, is_number=False))
    return found


def _value(scale: ValueScale, row: Row) -> Content:
    return str(scale.bound(row.bound)) if row.bound else scale.number(row.value)


def _predicted(scale: ValueScale, row: Row) -> Content:
    return scale.number(row.predicted)


def _number(place: int, row: Row) -> Content:
    return row.numbers[place]


def _term(name: str, row: Row) -> Content:
    return row.hit.terms.get(name) if row.hit else None


def _own(name: str, row: Row) -> Content:
    return row.beside.get(name, "")


def _similarity(row: Row) -> Content:
    return row.hit.similarity if row.hit else None
