import gzip
import time
from pathlib import Path

import pytest

from latentbo.data import Line
from latentbo.data.assay import MOLECULES, StringKind, read_string_column
from latentbo.errors import ConfigurationError, DataError

EXPRESSIONS = StringKind("expressions", "expression", whole_lines=True)


def test_the_column_of_strings_is_found_and_stripped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,logP,pIC50,pKi,Structure\n1,2.5,5,6,CCO.Cl\n2,1,5,6,CCN |c:1|\n3,1,5,6,\n")
    assert read_string_column(path, MOLECULES) == [Line(2, "CCO"), Line(3, "CCN")]
    assert read_string_column(path, MOLECULES, "5") == [Line(2, "CCO"), Line(3, "CCN")]
    with pytest.raises(ConfigurationError, match="--smiles-column 9"):
        read_string_column(path, MOLECULES, "9")


def test_plain_lists_are_read_as_before(tmp_path: Path) -> None:
    path = tmp_path / "a.smi.gz"
    path.write_bytes(gzip.compress(b"# comment\nCCO ethanol\nnonsense\n\nCC\n"))
    found = read_string_column(path, MOLECULES)
    assert found == [Line(2, "CCO"), Line(3, "nonsense"), Line(5, "CC")]
    path = tmp_path / "e.txt"
    path.write_text("sin( x ) +\t1\n# comment\nx\n")
    assert read_string_column(path, EXPRESSIONS) == [Line(1, "sin(x)+1"), Line(3, "x")]


def test_a_file_without_strings(tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_text("\n# nothing\n")
    with pytest.raises(DataError, match="is empty"):
        read_string_column(path, MOLECULES)


def test_many_lines_take_seconds(tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_text("CCOc1ccccc1 name\nCc1ccccc1N name\n" * 50_000)
    before = time.process_time()
    assert len(read_string_column(path, MOLECULES)) == 100_000
    assert time.process_time() - before < 10
