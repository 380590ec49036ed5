"""Cells of CSV files as spreadsheets read them."""

import csv
import re
from collections.abc import Sequence
from typing import Any, TextIO

# What begins like this is a formula to a spreadsheet, which may start programs. A text that already
# has the apostrophes gets one more, so that `plain` gives back what there was.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def cell(text: str) -> str:
    """Return a text for a CSV file: one that would be a formula gets an apostrophe before it.

    Numbers stay as they are. See "CSV Injection" of the Open Worldwide Application Security
    Project.
    """
    if not _FORMULA.match(text):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def plain(text: str) -> str:
    """Return the text that `cell` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


class _LineEnds:
    """A file in which rows end with a line feed alone."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        return self._file.write(row.removesuffix("\r\n") + "\n")


def rows_writer(file: TextIO) -> Any:
    """Return a `csv.writer` whose rows end with a line feed, and that quotes a carriage return.

    That of the standard library quotes it only where rows end with it, too, and readers would take
    it for the end of a row.
    """
    return csv.writer(_LineEnds(file), lineterminator="\r\n")


def named_rows_writer(file: TextIO, columns: Sequence[str]) -> "csv.DictWriter[str]":
    """Return a `csv.DictWriter` that writes as `rows_writer` does."""
    return csv.DictWriter(_LineEnds(file), columns, lineterminator="\r\n")
