"""Bytes of text files to text, whatever program wrote them."""

import gzip
import io
import zlib
from pathlib import Path
from typing import IO

from latentbo.errors import DataError

#: Bytes of a file, unpacked: as many as PubChem's hundred million SMILES strings have.
LARGEST_FILE = 4_000_000_000
#: Characters of a line, far above those of a table with thousands of columns.
LONGEST_LINE = 1_000_000
# A file that unpacks to more than this may not be packed more than MOST_PACKED times: text is not.
LARGEST_PACKED, MOST_PACKED = 100_000_000, 200
_CHUNK = 1 << 22

# Code pages of Windows, the most frequent one first.
CODE_PAGES = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254")
BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": ("utf-8-sig", "UTF-8 with mark"),
    b"\xff\xfe": ("utf-16", "UTF-16"),
    b"\xfe\xff": ("utf-16", "UTF-16"),
}
# Share of the bytes at even or odd places that are zero in Latin text of UTF-16 without a mark.
ZEROS = 0.6
CONTROL = {chr(code) for code in range(32)} - set("\t\n\r\v\f\x1a")


def read_bytes(path: Path) -> bytes:
    """Return the content of a plain or gzipped file, unpacked.

    Raises:
        DataError: If it is missing, a folder, a damaged gzip, or larger than `LARGEST_FILE`.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder: give a file with one string a line")
    try:
        with path.open("rb") as file:
            content = _bounded(file, path, LARGEST_FILE, "")
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check the path") from error
    if content[:2] != b"\x1f\x8b":
        return content
    most = min(LARGEST_FILE, max(LARGEST_PACKED, MOST_PACKED * len(content)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            return _bounded(packed, path, most, " unpacked")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} is a damaged gzip file ({error}): fetch it again") from error


def _bounded(file: IO[bytes] | gzip.GzipFile, path: Path, most: int, how: str) -> bytes:
    """Read a file that may have no end, such as a device or a small gzip of zeros."""
    content = bytearray()
    while chunk := file.read(_CHUNK):
        content += chunk
        if len(content) > most:
            raise DataError(
                f"{path} holds more than {most:,} bytes{how}: give a smaller file"
                + (", or one that is not packed" if how else "")
            )
    return bytes(content)


def check_lines(text: str, path: Path) -> None:
    """Refuse a text with a line that no table of molecules has.

    Raises:
        DataError: If a line has more than `LONGEST_LINE` characters; names its number.
    """
    if len(text) <= LONGEST_LINE:
        return
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if len(line.rstrip("\n")) > LONGEST_LINE:
            raise DataError(
                f"{path}, line {number}, has more than {LONGEST_LINE:,} characters: give a file "
                f"with one string or compound a line"
            )


def decode(content: bytes, path: Path) -> tuple[str, str]:
    """Return the text of a file, and the name of its encoding.

    UTF-8 and UTF-16 with or without a byte order mark; anything else is of the Windows code page
    that makes the best text of it.

    Args:
        content: Of the file.
        path: For messages.

    Raises:
        DataError: If it is a binary file, or has a line longer than `LONGEST_LINE`.
    """
    encoding, name = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise _binary(path) from None
    if CONTROL & set(text):
        raise _binary(path)
    check_lines(text, path)
    return text, name


def _encoding(content: bytes) -> tuple[str, str]:
    for mark, found in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return found
    if b"\0" in content:
        for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            places = content[first::2]
            if places.count(0) > ZEROS * len(places) and len(content) % 2 == 0:
                return encoding, "UTF-16 without mark"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _code_page(content)
    return "utf-8", "UTF-8"


def _code_page(content: bytes) -> tuple[str, str]:
    # Imported here: few files need it, and it takes 50 ms.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    # Long tables have few lines with such letters, and only these tell anything.
    telling = b"\n".join(line for line in content.splitlines() if not line.isascii())
    found = from_bytes(telling, cp_isolation=list(CODE_PAGES), preemptive_behaviour=False)
    ranks = {
        page: (match.chaos, -match.coherence)
        for match in found
        for page in match.could_be_from_charset
    }
    # Of those that make equally good text the more frequent one.
    page = min((page for page in CODE_PAGES if page in ranks), key=ranks.__getitem__, default="")
    page = page or "latin-1"
    return page, page.replace("cp", "Windows-")


def _binary(path: Path) -> DataError:
    return DataError(f"{path} is a binary file: give plain text with one string a line")
