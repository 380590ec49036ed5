"""Files of strings (`.smi`, `.txt`, one a line, gzipped or not) to lists."""

from dataclasses import dataclass
from pathlib import Path

from latentbo.cells import cell
from latentbo.data.text import decode, read_bytes
from latentbo.errors import DataError


@dataclass(frozen=True)
class Line:
    """One line of a file: its number (from 1) and its string."""

    number: int
    string: str


def read_lines(path: Path, first_column: bool = True) -> list[Line]:
    """Read the strings of a file; blank lines and lines that start with `#` are left out.

    Args:
        path: Plain text or gzip (told by its first bytes, not by its name).
        first_column: Keep what stands before the first blank or tab (`.smi` files carry names
            behind it); False keeps the whole line.

    Raises:
        DataError: If the file is missing, a folder, binary, a damaged gzip, or holds no line.
    """
    text = read_text(path)
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        string = line.strip()
        if string and not string.startswith("#"):
            lines.append(Line(number, string.split()[0] if first_column else string))
    if not lines:
        raise DataError(f"{path} is empty: give a file with one string a line")
    return lines


def read_strings(path: Path, whole_lines: bool = False) -> list[Line]:
    """Read a file of strings, one a line.

    Args:
        path: As for `read_lines`.
        whole_lines: Whether a string is all of its line but the blanks in it (`1 / 3 + x` is
            `1/3+x`); else it is the line's first column.

    Raises:
        DataError: As `read_lines` does.
    """
    if not whole_lines:
        return read_lines(path)
    lines = read_lines(path, first_column=False)
    return [Line(line.number, "".join(line.string.split())) for line in lines]


def read_text(path: Path) -> str:
    """Return the text of a plain or gzipped file; see `latentbo.data.text` for its encoding.

    Raises:
        DataError: If it is missing, a folder, binary, or a damaged gzip.
    """
    return decode(read_bytes(path), path)[0]


def write_rejected(path: Path, rejected: list[tuple[int, str, str]]) -> None:
    """Write the lines that bulk loading skipped: number, string and reason, tab-separated."""
    rows = [
        f"{number}\t{cell(' '.join(string.split()))}\t{cell(' '.join(reason.split()))}\n"
        for number, string, reason in rejected
    ]
    path.write_text("line\tstring\treason\n" + "".join(rows), encoding="utf-8")
