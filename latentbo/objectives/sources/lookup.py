"""A CSV file of known values as objective."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum
from pathlib import Path

from latentbo.chemistry import nearest_name, standardize
from latentbo.data.text import check_lines, read_bytes
from latentbo.errors import DataError, ObjectiveError
from latentbo.objectives.sources.failures import CallError, number_in, shorten

SMILES, VALUE = "smiles", "value"


@dataclass(frozen=True, eq=False)
class Lookup:
    """The values of known molecules; a molecule that is not among them has none.

    Attributes:
        name: What messages call the file.
        values: Value by canonical SMILES; None where the file gives none.
        unread: How many lines held no molecule.
        repeated: How many lines held a molecule of an earlier line; their values are averaged.
    """

    name: str
    values: dict[str, float | None]
    unread: int = 0
    repeated: int = 0

    def __call__(self, smiles: str) -> float:
        """Return the value of a molecule.

        Raises:
            CallError: If the file has none.
        """
        canonical = standardize(smiles).smiles
        if canonical not in self.values:
            raise CallError(f"{self.name} does not have this molecule")
        value = self.values[canonical]
        if value is None:
            raise CallError(f"{self.name} has no value for this molecule")
        return value

    @property
    def description(self) -> str:
        """One line for people."""
        known = sum(value is not None for value in self.values.values())
        text = f"the values of {known} molecules in {self.name}"
        if self.unread:
            text += f"; {self.unread} lines hold no molecule"
        if self.repeated:
            text += f"; {self.repeated} repeated lines are averaged"
        return text


def load_lookup(path: Path, column: str = VALUE) -> Lookup:
    """Read a CSV file with a line of column names.

    Args:
        path: The file. Its column `smiles` holds the molecules, one more their values. Empty values
            are no values; other columns are not read.
        column: Name of the column of values; capitals do not matter.

    Raises:
        ObjectiveError: If the file cannot be read, lacks a column, holds something else than a
            number, or no value at all.
    """
    measured: dict[str, list[float]] = {}
    unread = repeated = 0
    for number, smiles, text in _rows(path, column):
        canonical = standardize(smiles).smiles
        if canonical is None:
            unread += 1
            continue
        repeated += canonical in measured
        values = measured.setdefault(canonical, [])
        if text:
            values.append(_value(text, f"{path.name}, line {number}"))
    if not any(measured.values()):
        raise DataError(
            f"{path} holds no molecule with a value in the column {column!r} ({unread} lines hold "
            "no molecule); give a file with columns smiles,value"
        )
    means = {smiles: fsum(each) / len(each) if each else None for smiles, each in measured.items()}
    return Lookup(path.name, means, unread, repeated)


def _rows(path: Path, column: str) -> Iterator[tuple[int, str, str]]:
    """Yield number, SMILES and value of each line below the names that is not empty."""
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        at = [_column(path, names, name) for name in (SMILES, column)]
        for row in reader:
            if any(cell.strip() for cell in row):
                smiles, value = (row[place].strip() if place < len(row) else "" for place in at)
                yield reader.line_num, smiles, value
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}, is no CSV: {error}") from error


def _column(path: Path, names: list[str], name: str) -> int:
    if name.lower() not in names:
        raise ObjectiveError(
            f"{path} has no column {name!r}{nearest_name(name, names)}; its first line names "
            f"{', '.join(map(shorten, names)) or 'none'}; write FILE.csv:COLUMN for values in "
            "another column than 'value', and keep the molecules in the column 'smiles'"
        )
    return names.index(name.lower())


def _text(path: Path) -> str:
    try:
        path.open("rb").close()
    except OSError as error:
        raise ObjectiveError(
            f"{path} cannot be read ({error.strerror}; looked from {Path.cwd()}); correct the path"
        ) from error
    try:
        text = read_bytes(path).decode("utf-8-sig")
        check_lines(text, path)
        return text
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8 text; save it as a CSV file") from error


def _value(text: str, place: str) -> float:
    try:
        return number_in(text, "the value is")
    except CallError as error:
        raise DataError(f"{place}: {error}; mend the file, or leave the value empty") from error
