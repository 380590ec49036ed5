"""No cell that is written is a formula."""

from pathlib import Path

import pytest

from latentbo.cells import cell, plain
from latentbo.data.assay import read_assay
from latentbo.data.compounds import Compound, read_compounds, write_compounds
from latentbo.errors import CheckpointError
from latentbo.protocols.held_out import read_labelled, write_labelled
from latentbo.tasks import TASKS


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-x", "@SUM(A1)", "\tx"])
def test_formulas_become_texts(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-1.5", "+3", "-1e-7", "CC=O", "[N+](=O)[O-]", "a-b"])
def test_numbers_and_molecules_stay(text: str) -> None:
    assert cell(text) == text


@pytest.mark.parametrize("text", ["=1", "'=1", "''@a", "'a", "-1.5", "'-1.5", "\tx", "C", "", "'"])
def test_reading_gives_back_what_there_was(text: str) -> None:
    assert plain(cell(text)) == text


FORMULAS = ["=1+x", "-x", "'-x", "@x", "+x", "\tx", "-1.5", "x"]


def test_the_labelled_strings_of_a_run_are_no_formulas(tmp_path: Path) -> None:
    path = tmp_path / "labelled.csv"
    write_labelled(path, [(text, -0.1) for text in FORMULAS])
    lines = path.read_bytes().decode().split("\n")
    assert lines[1:5] == ["'=1+x,-0.1", "'-x,-0.1", "''-x,-0.1", "'@x,-0.1"]
    assert lines[-3:] == ["-1.5,-0.1", "x,-0.1", ""]
    assert read_labelled(path) == [(text, -0.1) for text in FORMULAS]


def test_the_compounds_of_a_run_are_no_formulas(tmp_path: Path) -> None:
    path = tmp_path / "compounds.csv"
    compounds = [Compound(text, -2.0, None, text, 1, {"note": text}) for text in FORMULAS]
    write_compounds(path, compounds)
    assert "'-x,-2.0,,'-x,1,'-x\n" in path.read_bytes().decode()
    assert read_compounds(path) == compounds


def test_what_we_write_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_text("smiles,value,id,note\nCCO,-1.5,'-7a,'=b\nCCN,2,'x,y\n")
    first, second = read_assay(path, TASKS["molecules"].strings).lines
    assert (first.id, first.value, first.further) == ("-7a", -1.5, {"note": "=b"})
    assert second.id == "'x"


@pytest.mark.parametrize("row", ["C,1.0,,a", "C,1.0,,a,1,x,too many,cells", "", "C"])
def test_damaged_compounds_are_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "compounds.csv"
    path.write_text(f"string,value,bound,id,line,own:note\nC,1.0,,a,1,x\n{row}\n")
    if row:
        with pytest.raises(CheckpointError, match=r"compounds\.csv cannot be read"):
            read_compounds(path)
    else:
        assert len(read_compounds(path)) == 1
