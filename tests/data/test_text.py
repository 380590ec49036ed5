import gzip
from pathlib import Path

import pytest

from latentbo.data import text as text_files
from latentbo.data.text import LONGEST_LINE, decode, read_bytes
from latentbo.errors import DataError

PATH = Path("a.csv")
LATIN = "id;smiles;value\nlöslich in µM;Cc1ccccc1;2,5\nprüfen;CCO;1\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16 without mark"),
        ("utf-16-be", "UTF-16 without mark"),
    ],
)
def test_unicode_with_and_without_a_mark(encoding: str, name: str) -> None:
    assert decode(LATIN.encode(encoding), PATH) == (LATIN, name)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        (LATIN, "cp1252"),
        ("id,comment\n1,naïve – “quoted”\n", "cp1252"),
        ("id,comment\n1,нерастворим\n", "cp1251"),
        ("id,comment\n1,źle rozpuszczalna część, wątpliwe, powtórzyć pomiar w środę\n", "cp1250"),
    ],
)
def test_code_pages_of_windows(text: str, page: str) -> None:
    pytest.importorskip("charset_normalizer")
    assert decode(text.encode(page), PATH)[0] == text


@pytest.mark.parametrize("content", [b"C\0C\n", b"\x89PNG\r\n\x01\x02", b"\xd0\xcf\x11\xe0\0\0\0"])
def test_binary_files_are_refused(content: bytes) -> None:
    with pytest.raises(DataError, match=r"a\.csv is a binary file"):
        decode(content, PATH)


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(b"CC\n"))
    assert read_bytes(path) == b"CC\n"


def test_what_unpacks_to_more_than_text_can_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.smi.gz"
    path.write_bytes(gzip.compress(bytes(150_000_000), compresslevel=1))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(DataError, match=r"bomb\.smi\.gz holds more than [1-9,0]+ bytes unpacked: "):
        read_bytes(path)
    path.write_bytes(gzip.compress(b"CCO\n" * 100_000))  # 800 times, but small
    assert len(read_bytes(path)) == 400_000


def test_a_file_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "LARGEST_FILE", 20_000_000)
    with pytest.raises(DataError, match=r"/dev/zero holds more than 20,000,000 bytes: give a sm"):
        read_bytes(Path("/dev/zero"))


def test_a_giant_line_is_refused_with_its_number() -> None:
    lines = ["smiles,value", "C" * LONGEST_LINE, "CC"]
    assert decode("\n".join(lines).encode(), PATH)[0].endswith("CC")
    lines[1] += "C"
    with pytest.raises(DataError, match=r"a\.csv, line 2, has more than 1,000,000 characters"):
        decode("\r\n".join(lines).encode(), PATH)
