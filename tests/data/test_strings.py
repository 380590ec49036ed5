import gzip
from pathlib import Path

import pytest

from latentbo.data import Line, read_lines, read_strings, write_rejected
from latentbo.errors import DataError


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "strings.smi"


def test_blank_and_comment_lines_are_left_out_and_numbers_kept(path: Path) -> None:
    write(path, b"# header\nCC\n\n   \nCCO\r\n")
    assert read_lines(path) == [Line(2, "CC"), Line(5, "CCO")]


def test_names_behind_the_string_are_dropped(path: Path) -> None:
    write(path, b"CC\tethane\nCCO ethanol 3\n")
    assert [line.string for line in read_lines(path)] == ["CC", "CCO"]


def test_whole_lines_are_kept_on_demand(path: Path) -> None:
    write(path, b" sin( x ) + 1 \n")
    assert read_lines(path, first_column=False) == [Line(1, "sin( x ) + 1")]


def test_gzip_is_told_by_its_content(path: Path) -> None:
    write(path, gzip.compress(b"CC\nCO\n"))
    assert [line.string for line in read_lines(path)] == ["CC", "CO"]


def test_byte_order_mark_is_no_symbol(path: Path) -> None:
    write(path, b"\xef\xbb\xbfCC\n")
    assert read_lines(path) == [Line(1, "CC")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n# only a comment\n", "is empty"),
        (b"C\x00C\n", "is a binary file"),
        (gzip.compress(b"C\x00C\n"), "is a binary file"),
        (gzip.compress(b"CC\n" * 100)[:-12], "damaged gzip.*fetch it again"),
        (b"\x1f\x8bnothing", "damaged gzip"),
        (gzip.compress(b""), "is empty"),
    ],
)
def test_unusable_files_are_named_with_the_reason(path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=f"strings.smi.*{message}"):
        read_lines(write(path, content))


def test_flipped_byte_in_a_gzip_is_noticed(path: Path) -> None:
    content = bytearray(gzip.compress(b"CC\nCO\nCN\n" * 50))
    content[len(content) // 2] ^= 0xFF
    with pytest.raises(DataError, match="damaged gzip"):
        read_lines(write(path, bytes(content)))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone.smi cannot be read \(No such file"):
        read_lines(tmp_path / "gone.smi")
    with pytest.raises(DataError, match="is a folder: give a file"):
        read_lines(tmp_path)


def test_rejected_lines_are_one_row_each(path: Path) -> None:
    write_rejected(path, [(3, "C\tX", "no\nreason"), (9, "", "empty")])
    assert path.read_text(encoding="utf-8").splitlines() == [
        "line\tstring\treason",
        "3\tC X\tno reason",
        "9\t\tempty",
    ]


def test_blanks_of_expressions_are_dropped(tmp_path: Path) -> None:
    path = write(tmp_path / "e.txt", b"# comment\nsin( x ) +\t1\n\nx\n")
    assert read_strings(path, whole_lines=True) == [Line(2, "sin(x)+1"), Line(4, "x")]
    assert read_strings(path) == [Line(2, "sin("), Line(4, "x")]
