import gzip
from pathlib import Path

import pytest

from latentbo.data.text import decode, read_bytes
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
