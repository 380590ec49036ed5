"""The strings of a file alone, for training: of hundreds of thousands of lines, in seconds."""

from pathlib import Path

from latentbo.data.assay.columns import ColumnNames, find_columns
from latentbo.data.assay.kinds import StringKind
from latentbo.data.assay.structures import clean_molecule
from latentbo.data.assay.table import read_table_of_any_kind
from latentbo.data.strings import Line
from latentbo.errors import DataError


def read_string_column(path: Path, kind: StringKind, column: str | None = None) -> list[Line]:
    """Read the strings of a file of any usual kind; values and IDs in it do not matter.

    Salts, solvents and CXSMILES tails are stripped. Nothing is left out here but empty cells: what
    a model cannot hold is listed by its training.

    Args:
        path: The file, as `read_assay` takes it.
        kind: What strings it holds.
        column: Of the strings, by its name or its number from 1; None: guessed.

    Raises:
        ConfigurationError: If the named column is not there.
        DataError: If the file cannot be read, or holds no string.
    """
    table = read_table_of_any_kind(path, kind)
    columns = find_columns(table, path, kind, ColumnNames(column), has_values=False)
    rows = table.rows[1:] if columns.has_names and table.names is None else table.rows
    number = columns.string or 0
    cells = ((row.number, row.cells[number]) for row in rows if number < len(row.cells))
    clean = _molecule if kind.is_molecular else _joined
    lines = [Line(at, clean(cell)) for at, cell in cells if cell]
    if not lines:
        raise DataError(f"{path} is empty: give a file with one string a line")
    return lines


def _molecule(text: str) -> str:
    """Return a string as it is, unless something hangs on it."""
    if "." not in text and "|" not in text:
        return text
    return clean_molecule(text).smiles or text


def _joined(text: str) -> str:
    return "".join(text.split())
