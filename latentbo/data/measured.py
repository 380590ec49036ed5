"""CSV files of measured values: a column of strings, one of values, and others as people like."""

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from latentbo.data.strings import read_text
from latentbo.errors import DataError

__all__ = ["MeasuredLine", "is_measured_file", "read_measured"]

VALUE, MESSAGE, CALL = "value", "message", "call"
#: What people write where a measurement failed; capitals do not matter.
FAILED = ("failed", "fail", "nan")
DELIMITERS = ",;\t"


@dataclass(frozen=True)
class MeasuredLine:
    """One line of such a file.

    Args:
        number: Of the line, from 1; the names are line 1.
        string: As it is written there.
        value: The value; None where the measurement failed or was not made yet.
        is_measured: Whether it was made.
        message: Why it failed; may be empty.
        call: Number of the call that it belongs to, if the line says so.
    """

    number: int
    string: str
    value: float | None
    is_measured: bool
    message: str = ""
    call: int | None = None


def is_measured_file(path: Path, column: str) -> bool:
    """Tell whether a file has a line of names, of which one is that of values.

    Args:
        path: The file.
        column: Name of the column of strings.

    Raises:
        DataError: If it cannot be read, or it is named `.csv` and has other columns alone.
    """
    first = next(iter(read_text(path).splitlines()), "")
    names = _names(first, column)
    if {column, VALUE} <= set(names):
        return True
    if path.suffix.lower() == ".csv" and len(names) > 1:
        raise _no_column(path, names, column)
    return False


def read_measured(path: Path, column: str) -> list[MeasuredLine]:
    """Read all lines that are not empty.

    Columns are found by their names in the first line: that of the strings and `value`, and
    `message` and `call` if they are there. An empty value was not measured yet; "failed" and "nan"
    are failed measurements.

    Args:
        path: CSV, with commas, semicolons or tabs between the columns; plain or gzipped.
        column: Name of the column of strings.

    Raises:
        DataError: If the file cannot be read, lacks a column, or a line lacks a string or holds
            something else than a number.
    """
    text = read_text(path)
    names = _names(next(iter(text.splitlines()), ""), column)
    if not {column, VALUE} <= set(names):
        raise _no_column(path, names, column)
    for name in (column, VALUE, MESSAGE, CALL):
        if names.count(name) > 1:
            raise DataError(f"{path}, line 1: two columns are called {name!r}: rename one of them")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, column))
    found = []
    try:
        next(reader)
        for cells in reader:
            row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
            if any(row.values()):
                found.append(_line(path, reader.line_num, row, column))
    except csv.Error as error:
        raise DataError(
            f"{path}, line {reader.line_num}, is no CSV ({error}): save the table as CSV once more"
        ) from error
    return found


def _line(path: Path, number: int, row: dict[str, str], column: str) -> MeasuredLine:
    place = f"{path}, line {number}"
    string, text = row.get(column, ""), row.get(VALUE, "")
    if not string:
        raise DataError(f"{place}: the column {column!r} is empty: fill it in, or drop the line")
    call = row.get(CALL, "")
    if call and not (call.isascii() and call.isdigit()):
        raise DataError(
            f"{place}: the call {call!r} is no number: leave it as it was suggested, or empty"
        )
    value = _value(place, text)
    return MeasuredLine(
        number, string, value, bool(text), row.get(MESSAGE, ""), int(call) if call else None
    )


def _value(place: str, text: str) -> float | None:
    if not text or text.lower() in FAILED:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(
            f"{place}: the value {text!r} is no finite number: write a number, 'failed' for a "
            f"failed measurement, or nothing for one that was not made yet"
        )
    return value


def _delimiter(text: str, column: str) -> str:
    """Return the character that leaves both columns apart in the first line; else a comma."""
    first = next(iter(text.splitlines()), "")
    wanted = {column, VALUE}
    fitting = (mark for mark in DELIMITERS if wanted <= set(_split(first, mark)))
    return next(fitting, DELIMITERS[0])


def _names(line: str, column: str) -> list[str]:
    return _split(line, _delimiter(line, column))


def _split(line: str, mark: str) -> list[str]:
    return [name.strip().lower() for name in next(csv.reader([line], delimiter=mark), [])]


def _no_column(path: Path, names: list[str], column: str) -> DataError:
    missing = [name for name in (column, VALUE) if name not in names]
    return DataError(
        f"{path}, line 1: there is no column {' and no column '.join(map(repr, missing))} (it "
        f"names {', '.join(map(repr, names)) or 'none'}): the first line must name the columns "
        f"{column} and {VALUE}"
    )
