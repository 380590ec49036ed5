"""Files of any usual kind to one table: names of columns, rows with their line numbers."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from latentbo.cells import plain
from latentbo.data.assay.kinds import StringKind
from latentbo.data.assay.workbooks import read_sdf, read_workbook
from latentbo.data.text import decode, read_bytes
from latentbo.errors import DataError

MARKS = {"\t": "tabs", ";": "semicolons", ",": "commas"}
BLANKS = "blanks"
# Lines that the mark between columns is told from.
SAMPLE = 100
# Lines of them that are looked at for strings of the task.
FEW = 30
# Least share of the lines that a mark must divide into the same number of columns.
AGREEING = 0.8
# A record of more lines than this is a quote that nobody closed.
LONGEST_RECORD = 10
LINE_END = re.compile(r"\r+\n")
EXCEL_MARK = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
# A SMILES string, the tail of a CXSMILES string, and a name.
EXTENDED = re.compile(r"(\S+\s+\|[^|]*\|)(?:\s+(.*))?")
# Blanks that align columns; a name may hold single ones.
ALIGNING = re.compile(r"\s{2,}")
# Stands for a carriage return within a line, which the csv module refuses outside of quotes.
RETURN = "\ue00d"
#: Divides a line into cells.
Divide = Callable[[str], list[str]]


@dataclass(frozen=True)
class Row:
    """One record of a file.

    Args:
        number: Of its first line, from 1; of a record in an SD file.
        cells: Without blanks around them.
        original: As it stands in the file.
    """

    number: int
    cells: tuple[str, ...]
    original: str


@dataclass(frozen=True)
class Table:
    """A file divided into rows and cells.

    Args:
        rows: In the order of the file, without empty lines and comments; the line of names, if
            there is one, is still among them unless `names` holds it.
        names: Of the columns, where the kind of file has them apart.
        divided_by: What stands between columns, such as `semicolons`; empty for a single column.
        encoding: Name of the text's encoding, or of the kind of file.
    """

    rows: list[Row]
    names: tuple[str, ...] | None
    divided_by: str
    encoding: str


def read_table_of_any_kind(path: Path, kind: StringKind) -> Table:
    """Read a text file (plain or gzipped), an Excel workbook (`.xlsx`) or an SD file.

    Args:
        path: The file.
        kind: What strings it is expected to hold.

    Raises:
        DataError: If the file cannot be read, is empty, or its kind needs a package that is
            missing.
    """
    content = read_bytes(path)
    if content[:4] == b"PK\x03\x04":
        names, rows = read_workbook(content, path)
        return Table([Row(*row) for row in rows], names, "", "Excel workbook")
    text, encoding = decode(content, path)
    if "$$$$" in text or "M  END" in text:
        names, rows = read_sdf(text)
        if not rows:
            raise DataError(f"{path} is empty: give an SD file with a molecule")
        return Table([Row(*row) for row in rows], names, "", "SD file")
    # What reads a file line by line must agree with editors on what a line is.
    # A carriage return alone ends a line only where nothing else does; elsewhere it is in a cell.
    text = LINE_END.sub("\n", text.replace(RETURN, "\ufffd"))
    lines = text.replace("\r", RETURN if "\n" in text else "\n").split("\n")
    table = _from_lines(lines, kind, encoding)
    if not table.rows:
        raise DataError(f"{path} is empty: give a file with one string a line")
    return table


def _from_lines(lines: list[str], kind: StringKind, encoding: str) -> Table:
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    excel = EXCEL_MARK.fullmatch(lines[start].strip("\ufeff")) if start < len(lines) else None
    numbered = list(enumerate(lines, start=1))[start + bool(excel) :]
    kept = [(n, line) for n, line in numbered if line.strip() and not line.startswith("#")]
    sample = [line for _, line in kept[:SAMPLE]]
    divide = _whole if kind.whole_lines else _blank_divider(sample, kind)
    mark = excel[1] if excel else _mark(sample, divide, kind)
    if mark is not None:
        rows = _divided(numbered, mark)
        return Table(rows, None, MARKS.get(mark, repr(mark)), encoding)
    rows = [Row(n, tuple(map(_bare, divide(line))), line.replace(RETURN, "\r")) for n, line in kept]
    return Table(rows, None, BLANKS if any(len(row.cells) > 1 for row in rows) else "", encoding)


def _mark(sample: Sequence[str], divide: Divide, kind: StringKind) -> str | None:
    """Return the character between columns; None: there is none, or it is a blank.

    It is the one that leaves strings of the task alone in most lines and, of equals, divides most
    lines into the same number of columns. Where lines are too ragged for that, the line of names
    decides.
    """
    strings, agreeing = {}, {}
    for mark in MARKS:
        rows = list(csv.reader(sample, delimiter=mark))
        counts = Counter(len(cells) for cells in rows)
        several = [lines for number, lines in counts.items() if number > 1]
        agreeing[mark] = max(several, default=0) / max(1, len(rows))
        strings[mark] = _with_string(rows, kind)
    best = max(MARKS, key=lambda mark: (strings[mark], agreeing[mark]))
    if agreeing[best] >= AGREEING and strings[best] >= _with_string(map(divide, sample), kind):
        return best
    for mark in MARKS:
        names = next(csv.reader(sample[:1], delimiter=mark), [])
        if len(names) > 1 and any(kind.is_name(name) for name in names):
            return mark
    return None


def _with_string(rows: Iterable[Sequence[str]], kind: StringKind) -> int:
    """Return how many of the first rows have a cell that is a string of the task."""
    return sum(any(map(kind.looks_like_string, cells)) for cells in islice(rows, FEW))


def _whole(line: str) -> list[str]:
    return [line]


def _bare(cell: str) -> str:
    cell = " ".join(cell.strip(f" \t\n{RETURN}").split()).strip('"')
    return cell.replace(RETURN, "\r")


def _divided(numbered: Iterable[tuple[int, str]], mark: str) -> list[Row]:
    """Divide by a character; quotes may hold it, and line breaks."""
    numbered = list(numbered)
    rows = _records(numbered, mark, csv.QUOTE_MINIMAL)
    if any(row.original.count("\n") >= LONGEST_RECORD for row in rows):
        rows = _records(numbered, mark, csv.QUOTE_NONE)
    return rows


def _records(numbered: list[tuple[int, str]], mark: str, quoting: int) -> list[Row]:
    # A comment is a line before anything is quoted: made empty, it keeps its number.
    lines = ["" if line.startswith("#") else line for _, line in numbered]
    stream = io.StringIO("\n".join(lines), newline="\n")
    csv.field_size_limit(max(csv.field_size_limit(), len(stream.getvalue()) + 1))
    reader = csv.reader(stream, delimiter=mark, quoting=quoting)  # type: ignore[arg-type]
    rows, before = [], 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            original = "\n".join(lines[before : reader.line_num]).replace(RETURN, "\r")
            found = tuple(_bare(plain(cell)) for cell in cells)
            rows.append(Row(numbered[before][0], found, original))
        before = reader.line_num
    return rows


def _blank_divider(sample: Sequence[str], kind: StringKind) -> Divide:
    """Return how lines with blanks between columns are divided."""
    first = sample[0].split() if sample else []
    if any(kind.is_name(name) for name in first):
        return _at_blanks(len(first))
    return _smiles_and_name


def _at_blanks(number: int) -> Divide:
    """Divide into a number of columns, of which the last one may hold blanks."""

    def divide(line: str) -> list[str]:
        apart = ALIGNING.split(line.strip())
        return apart if len(apart) == number else line.split(None, number - 1)

    return divide


def _smiles_and_name(line: str) -> list[str]:
    """Divide as `.smi` files are: a SMILES string, perhaps with extensions, and a name."""
    extended = EXTENDED.fullmatch(line.strip()) if "|" in line else None
    if extended:
        return [part for part in extended.groups() if part]
    return line.split(None, 1)
