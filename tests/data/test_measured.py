import gzip
from pathlib import Path

import pytest

from latentbo.data.measured import MeasuredLine, is_measured_file, read_measured
from latentbo.errors import DataError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_are_found_by_name_and_others_left_alone(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "plate,Value,SMILES,message,call\n1,2.5,CCO,,7\n\n2,,CC,,\n"
        "3,Failed,C,too wet,\n4,nan,N,,\n",
    )
    assert is_measured_file(path, "smiles")
    assert read_measured(path, "smiles") == [
        MeasuredLine(2, "CCO", 2.5, True, "", 7),
        MeasuredLine(4, "CC", None, False),
        MeasuredLine(5, "C", None, True, "too wet"),
        MeasuredLine(6, "N", None, True),
    ]


@pytest.mark.parametrize("mark", [";", "\t", ","])
def test_tables_come_with_other_marks(tmp_path: Path, mark: str) -> None:
    path = write(tmp_path / "a.txt", f"\ufeffexpression{mark}value\r\nx+1{mark}-1e3\r\n")
    assert is_measured_file(path, "expression")
    assert read_measured(path, "expression") == [MeasuredLine(2, "x+1", -1000.0, True)]


def test_a_zipped_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"smiles,value\nCC,1\n"))
    assert read_measured(path, "smiles") == [MeasuredLine(2, "CC", 1.0, True)]


@pytest.mark.parametrize("text", ["CCO ethanol\nCC\n", "smiles\nCCO\n", "c1ccccc1\n"])
def test_a_file_of_strings_is_none_of_measurements(tmp_path: Path, text: str) -> None:
    assert not is_measured_file(write(tmp_path / "a.smi", text), "smiles")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a\.csv, line 1: there is no column 'smiles' and no column 'value'"),
        ("smiles,pic50\nC,1\n", r"no column 'value' \(it names 'smiles', 'pic50'\)"),
        ("smiles,value,value\nC,1,2\n", r"two columns are called 'value'"),
        ("smiles,value\nC,>10\n", r"a\.csv, line 2: the value '>10' is no finite number.*'failed'"),
        ("smiles,value\nC,1\nC,inf\n", r"line 3: the value 'inf' is no finite number"),
        ("smiles,value\n,1\n", r"line 2: the column 'smiles' is empty"),
        ("smiles,value,call\nC,1,x7\n", r"line 2: the call 'x7' is no number"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "a.csv", text)
    with pytest.raises(DataError, match=message):
        read_measured(path, "smiles")


def test_a_csv_file_with_other_columns_is_no_pool(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "smiles,pic50\nC,1\n")
    with pytest.raises(DataError, match="no column 'value'"):
        is_measured_file(path, "smiles")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_measured(tmp_path / "a.csv", "smiles")
