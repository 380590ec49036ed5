"""A carriage return in a cell of the user's is no end of a line, neither read nor written."""

import csv
import io
from pathlib import Path

import pytest

from latentbo.cells import rows_writer
from latentbo.data.assay import read_assay, write_left_out
from latentbo.tasks import TASKS

STRINGS = TASKS["molecules"].strings


@pytest.mark.parametrize("cell", ['"first\rsecond"', "first\rsecond"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_carriage_return_in_a_cell_divides_no_row(tmp_path: Path, cell: str, end: str) -> None:
    path = tmp_path / "assay.csv"
    lines = ["smiles,pIC50,comment", f"CCO,5.5,{cell}", "CCN,6.5,third", f"C(,7.5,{cell}"]
    path.write_bytes(end.join([*lines, ""]).encode())
    assay = read_assay(path, STRINGS)
    assert [(line.number, line.string) for line in assay.lines][:2] == [(2, "CCO"), (3, "CCN")]
    assert assay.lines[0].further["comment"] == "first\rsecond"


def test_files_of_old_computers_end_lines_with_it(tmp_path: Path) -> None:
    path = tmp_path / "assay.csv"
    path.write_bytes(b"smiles,pIC50\rCCO,5.5\rCCN,6.5\r")
    assert [line.string for line in read_assay(path, STRINGS).lines] == ["CCO", "CCN"]


def test_it_is_written_back_in_quotes(tmp_path: Path) -> None:
    stream = io.StringIO(newline="")
    rows = [["CCO", "first\rsecond"], ["CCN", "third"]]
    rows_writer(stream).writerows(rows)
    assert stream.getvalue() == 'CCO,"first\rsecond"\nCCN,third\n'
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == rows
    path = tmp_path / "left-out.csv"
    path.write_bytes(b"smiles,pIC50,comment\nCCO,5,\nCCC,4,\nCCN,unclear,a\rb\n")
    write_left_out(path, read_assay(path, STRINGS).unusable)
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["original"] for row in csv.DictReader(file)] == ["CCN,unclear,a\rb"]
