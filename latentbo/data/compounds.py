"""Compounds that were measured before a run: IDs, values as written, and what stood beside them."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from latentbo.cells import cell, plain, rows_writer
from latentbo.data.bounds import Bound
from latentbo.errors import CheckpointError

#: Name of the file in a run's folder.
COMPOUNDS_FILE = "compounds.csv"
STRING, VALUE, BOUND, ID, LINE = "string", "value", "bound", "id", "line"
FIXED = (STRING, VALUE, BOUND, ID, LINE)
# Before the names of the user's own columns, which may be called like ours.
OWN = "own:"


@dataclass(frozen=True)
class Compound:
    """One measurement of a compound.

    Args:
        string: Canonical.
        value: The value; None if there is a bound.
        bound: Of a censored value.
        id: The user's ID; may be empty.
        line: Number of the line in the user's file.
        further: What stood beside it, by the names of the columns.
    """

    string: str
    value: float | None
    bound: Bound | None = None
    id: str = ""
    line: int = 0
    further: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The value or bound for people."""
        return str(self.bound) if self.bound else f"{self.value:.10g}"


def write_compounds(path: Path, compounds: Iterable[Compound]) -> None:
    """Write compounds as CSV, values with all their digits."""
    compounds = list(compounds)
    names = dict.fromkeys(name for each in compounds for name in each.further)
    stream = io.StringIO()
    writer = rows_writer(stream)
    writer.writerow([*FIXED, *(OWN + name for name in names)])
    for each in compounds:
        sign, number = (
            ("", each.value) if each.bound is None else (each.bound.sign, each.bound.number)
        )
        own = (cell(each.further.get(name, "")) for name in names)
        ours = (cell(each.string), repr(number), sign, cell(each.id), each.line)
        writer.writerow([*ours, *own])
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")


def read_compounds(path: Path) -> list[Compound]:
    """Read what `write_compounds` wrote; an empty list if there is no such file.

    Raises:
        CheckpointError: If it is damaged.
    """
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_compound(row) for row in csv.DictReader(file)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error) as error:
        raise CheckpointError(
            f"the measurements in {path} cannot be read ({error}): start a new run"
        ) from error


def _compound(row: dict[str, str]) -> Compound:
    number, sign = float(row[VALUE]), row[BOUND]
    own = {
        name.removeprefix(OWN): plain(text) for name, text in row.items() if name.startswith(OWN)
    }
    return Compound(
        *(plain(row[STRING]), None if sign else number, Bound(sign, number) if sign else None),
        *(plain(row[ID]), int(row[LINE]), {name: text for name, text in own.items() if text}),
    )
