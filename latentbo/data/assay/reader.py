"""Read an assay file in one pass: what can be used, and what is wrong with the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from latentbo.data.assay.columns import ColumnNames, Columns, find_columns
from latentbo.data.assay.kinds import MOLECULES, StringKind
from latentbo.data.assay.structures import Structure
from latentbo.data.assay.table import Row, Table, read_table_of_any_kind
from latentbo.data.assay.values import Cell, has_decimal_commas, read_call, read_cells
from latentbo.data.bounds import Bound
from latentbo.errors import DataError

# Share of the lines above which a file with unusable ones is refused.
MOST_UNUSABLE = 0.5
# Most reasons, and lines of each, that an error names.
SHOWN = 3


@dataclass(frozen=True)
class MeasuredLine:
    """One line that can be used.

    Args:
        number: Of the line, from 1.
        string: Canonical SMILES of the molecule without salts and solvents; of other tasks, as it
            is written there, without blanks.
        value: The value; None where the measurement failed or was not made yet, or is a bound.
        is_measured: Whether it was made.
        message: Why it failed; may be empty.
        call: Number of the call that it belongs to, if the line says so.
        bound: Of a censored value.
        id: The compound's ID; may be empty.
        further: All other columns that are not empty, by their names.
        stripped: SMILES of salts and solvents that were stripped.
        original: The line as it stands in the file.
    """

    number: int
    string: str
    value: float | None
    is_measured: bool
    message: str = ""
    call: int | None = None
    bound: Bound | None = None
    id: str = ""
    further: Mapping[str, str] = field(default_factory=dict)
    stripped: tuple[str, ...] = ()
    original: str = field(default="", compare=False)

    @property
    def negated(self) -> "MeasuredLine":
        """The line with minus its value or bound; the message tells the bound as it was."""
        return replace(
            self,
            value=None if self.value is None else 0.0 - self.value,
            bound=self.bound and self.bound.negated,
            message=self.message or str(self.bound or ""),
        )


@dataclass(frozen=True)
class Unusable:
    """A line that cannot be used.

    Args:
        number: Of the line, from 1.
        original: As it stands in the file.
        reason: Why not.
        shown: The cell that is to blame; may be empty.
    """

    number: int
    original: str
    reason: str
    shown: str = ""


@dataclass(frozen=True)
class Assay:
    """A file that was read.

    Args:
        path: The file.
        kind: What strings it holds.
        columns: Which column holds what.
        lines: Those that can be used, in the order of the file.
        unusable: The others.
        encoding: Of the text, or the kind of file.
        divided_by: What stands between columns.
        decimal_commas: Whether commas in values are decimal ones.
        num_tails: CXSMILES tails that were cut off.
    """

    path: Path
    kind: StringKind
    columns: Columns
    lines: list[MeasuredLine]
    unusable: list[Unusable]
    encoding: str
    divided_by: str
    decimal_commas: bool = False
    num_tails: int = 0

    @property
    def has_values(self) -> bool:
        """Whether there is a column of values; else it is a file of strings alone."""
        return self.columns.value is not None

    @property
    def value_name(self) -> str:
        """Name of the column of values; empty where it says nothing."""
        if self.columns.value is None or not self.columns.has_names:
            return ""
        name = self.columns.names[self.columns.value]
        return "" if name.lower() in ("value", "values") else name

    @property
    def negated(self) -> "Assay":
        """The file with minus its values, for a run that holds minus the user's."""
        return replace(self, lines=[line.negated for line in self.lines])

    @property
    def measured(self) -> list[MeasuredLine]:
        """The lines with a value or a bound."""
        return [line for line in self.lines if line.value is not None or line.bound]


def read_assay(
    path: Path,
    kind: StringKind = MOLECULES,
    given: ColumnNames = ColumnNames(),  # noqa: B008 - frozen
    known_ids: Mapping[str, str] | None = None,
    has_values: bool = True,
) -> Assay:
    """Read a file of strings, with or without values.

    Text with any usual mark between columns, plain or gzipped; Excel workbooks; SD files. Columns
    are taken as named, else found by usual names, else by their content. Salts and solvents are
    stripped; a line that cannot be used is left out, and all of them are told at once.

    Args:
        path: The file.
        kind: What strings it holds.
        given: Columns as the user names them.
        known_ids: IDs and the strings that they stand for: a line needs no string beside such an
            ID.
        has_values: Whether a column of values is looked for.

    Raises:
        ConfigurationError: If a named column is not there.
        DataError: If the file cannot be read, no column can be told to hold strings, or over half
            of its lines cannot be used.
    """
    ids = known_ids or {}
    table = read_table_of_any_kind(path, kind)
    columns = find_columns(table, path, kind, given, ids, has_values)
    rows = table.rows[1:] if columns.has_names and table.names is None else table.rows
    commas, cells = _values(rows, columns, table)
    reader = _LineReader(columns, kind, ids)
    read = [reader.read(row, cell) for row, cell in zip(rows, cells, strict=True)]
    lines = [each for each in read if isinstance(each, MeasuredLine)]
    unusable = [each for each in read if isinstance(each, Unusable)]
    check_usable(path, len(read), unusable)
    return Assay(
        path, kind, columns, lines, unusable, table.encoding, table.divided_by, commas, reader.tails
    )


def check_usable(path: Path, total: int, unusable: list[Unusable]) -> None:
    """Refuse a file of which over half of the lines cannot be used.

    Raises:
        DataError: With the most frequent reasons and some of the lines.
    """
    if not total or len(unusable) > MOST_UNUSABLE * total:
        raise DataError(_refusal(path, total, unusable))


def _values(rows: list[Row], columns: Columns, table: Table) -> tuple[bool, list[Cell]]:
    """Return whether commas are decimal ones, and the values of all rows."""
    if columns.value is None:
        return False, [Cell(is_measured=False)] * len(rows)
    texts = [_cell(row, columns.value) for row in rows]
    commas = has_decimal_commas(texts, table.divided_by)
    relations = [_cell(row, columns.relation) for row in rows]
    cells = read_cells(texts, relations, commas)
    return commas and any("," in text for text in texts), [
        _with_other_relation(row, cell, columns) for row, cell in zip(rows, cells, strict=True)
    ]


def _with_other_relation(row: Row, cell: Cell, columns: Columns) -> Cell:
    """Refuse a value beside whose twin column stands a sign: it may be a bound, too."""
    sign = _cell(row, columns.other_relation).strip("'")[:1]
    if sign in ("<", ">") and cell.value is not None:
        name = columns.names[columns.other_relation or 0]
        return Cell(fault=f"{name!r} says {sign}, and does not stand before the value")
    return cell


@dataclass
class _LineReader:
    columns: Columns
    kind: StringKind
    ids: Mapping[str, str]
    tails: int = 0

    def read(self, row: Row, cell: Cell) -> MeasuredLine | Unusable:
        columns = self.columns
        if columns.has_names and any(row.cells[len(columns.names) :]):
            return Unusable(row.number, row.original, "more cells than the first line has names")
        name, text = _cell(row, columns.id), _cell(row, columns.string)
        structure = (
            Structure(self.ids[name]) if not text and name in self.ids else self.kind.clean(text)
        )
        if structure.smiles is None:
            return Unusable(row.number, row.original, structure.fault, text)
        if cell.fault:
            return Unusable(row.number, row.original, cell.fault, _cell(row, columns.value))
        call = read_call(_cell(row, columns.call))
        if isinstance(call, str):
            return Unusable(row.number, row.original, call, _cell(row, columns.call))
        self.tails += structure.had_tail
        further = {columns.names[each]: _cell(row, each) for each in columns.further}
        return MeasuredLine(
            *(row.number, structure.smiles, cell.value, cell.is_measured),
            *(_cell(row, columns.message), call, cell.bound, name),
            {column: text for column, text in further.items() if text},
            *(structure.stripped, row.original),
        )


def _cell(row: Row, column: int | None) -> str:
    return row.cells[column] if column is not None and column < len(row.cells) else ""


def _refusal(path: Path, total: int, unusable: list[Unusable]) -> str:
    if not total:
        return f"{path} holds no line beside the names of its columns: give a file with some"
    reasons: dict[str, list[Unusable]] = {}
    for line in unusable:
        reasons.setdefault(line.reason, []).append(line)
    most = sorted(reasons.items(), key=lambda item: -len(item[1]))[:SHOWN]
    told = "; ".join(
        f"{len(lines)} {reason} ({', '.join(_place(line) for line in lines[:SHOWN])}"
        f"{', …' if len(lines) > SHOWN else ''})"
        for reason, lines in most
    )
    return (
        f"{path}: {len(unusable)} of {total} lines cannot be used: {told}; correct them, or name "
        f"the right columns (python -m latentbo.check FILE shows all)"
    )


def _place(line: Unusable) -> str:
    shown = line.shown if len(line.shown) <= 30 else f"{line.shown[:30]}…"
    return f"line {line.number}: {shown!r}" if shown else f"line {line.number}"
