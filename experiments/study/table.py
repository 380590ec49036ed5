"""A table, and its cells: mean and standard error of the values of several seeds."""

import csv
import io
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

__all__ = ["Cell", "Table", "signed"]


@dataclass(frozen=True)
class Cell:
    """What several seeds came to.

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


@dataclass(frozen=True)
class Table:
    """A table with a name for its file, a title, and a note below."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, list[Cell | str]]]
    note: str = ""
    digits: int = 2
    first_column: str = "method"

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
