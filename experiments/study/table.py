"""Tables: their columns are declared, their cells are means over the rows of several seeds."""

import csv
import io
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """Mean and standard error over seeds.

    Args:
        mean: Their mean; None: there is no value.
        error: Standard error of the mean, by the standard deviation with n - 1; None: one value.
        count: Number of values.
    """

    mean: float | None
    error: float | None
    count: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Self:
        """Return the cell of these values; a None is a missing value."""
        given = [value for value in values if value is not None]
        if not given:
            return cls(None, None, 0)
        error = statistics.stdev(given) / len(given) ** 0.5 if len(given) > 1 else None
        return cls(statistics.mean(given), error, len(given))

    def text(self, digits: int = 2) -> str:
        """Return it for people: mean ± standard error (number of seeds)."""
        if self.mean is None:
            return "–"
        error = "" if self.error is None else f" ± {self.error:.{digits}f}"
        return f"{signed(self.mean, digits)}{error} ({self.count})"


def signed(value: float, digits: int) -> str:
    """Return a number with a true minus sign, and none on a zero."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


#: From the rows of a line to its cell.
Column = Callable[[Sequence[Row]], "Cell | str"]
#: Label and cells.
Line = tuple[str, list[Cell | str]]


def mean(*path: str, factor: float = 1.0) -> Callable[[Sequence[Row]], Cell]:
    """Return a column: the mean over rows of the value at a path of keys.

    A key that is missing, or whose value is None, makes a missing value.
    """

    def value(row: Row) -> float | None:
        found: Any = row
        for key in path:
            found = None if found is None else found.get(key)
        return None if found is None else factor * found

    return lambda rows: Cell.of(value(row) for row in rows)


def first(key: str, text: str = "{:.2f}") -> Column:
    """Return a column of what the rows of a line share: the first row's value, as a text."""
    return lambda rows: "–" if rows[0][key] is None else text.format(rows[0][key])


def grouped(rows: Iterable[Row], key: str) -> dict[Any, list[Row]]:
    """Group rows by the value of a key, in their order."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def lines_of(groups: Mapping[str, Sequence[Row]], columns: Iterable[Column]) -> list[Line]:
    """Return a line a group of rows."""
    made = list(columns)
    return [(label, [column(rows) for column in made]) for label, rows in groups.items()]


@dataclass(frozen=True)
class Table:
    """A table with a name for its file, a title, and a note below."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[Line]
    note: str = ""
    digits: int = 2
    first_column: str = "method"

    @classmethod
    def of(
        cls,
        name: str,
        title: str,
        columns: Mapping[str, Column],
        groups: Mapping[str, Sequence[Row]],
        note: str = "",
        further: Iterable[Line] = (),
        **others: Any,
    ) -> Self:
        """Return a table with declared columns.

        Args:
            name: Of its file.
            title: Its heading.
            columns: Heading -> how a cell comes from the rows of a line.
            groups: Label of a line -> its rows.
            note: Stands below.
            further: Lines at the end, such as reported values.
            others: Further fields.
        """
        lines = [*lines_of(groups, columns.values()), *further]
        return cls(name, title, tuple(columns), lines, note, **others)

    def markdown(self) -> str:
        """Return it as a section of a page."""
        lines = [f"## {self.title}", ""]
        lines.append(f"| {self.first_column} | " + " | ".join(self.columns) + " |")
        lines.append("|---" * (len(self.columns) + 1) + "|")
        for label, cells in self.rows:
            texts = [c.text(self.digits) if isinstance(c, Cell) else c for c in cells]
            lines.append(f"| {label} | " + " | ".join(texts) + " |")
        return "\n".join([*lines, "", *([self.note, ""] if self.note else [])])

    def csv(self) -> str:
        """Return it in long form: a line a cell, with mean, standard error and number of seeds."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row", "column", "mean", "standard_error", "seeds", "text"])
        for label, cells in self.rows:
            for column, cell in zip(self.columns, cells, strict=True):
                if isinstance(cell, Cell):
                    values = ["" if x is None else f"{x:.6g}" for x in (cell.mean, cell.error)]
                    writer.writerow([label, column, *values, cell.count, ""])
                else:
                    writer.writerow([label, column, "", "", "", cell])
        return file.getvalue()
