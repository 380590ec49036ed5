"""The command that tells what an assay file holds."""

from pathlib import Path

import pytest

from latentbo.check import main

TEXT = "Code;Structure;pIC50\nA-1;CCO.Cl;5,5\nA-2;CCN;>7\nA-3;nonsense;6\nA-4;CCC;n.d.\n"


@pytest.fixture
def assay(tmp_path: Path) -> Path:
    path = tmp_path / "assay.csv"
    path.write_text(TEXT)
    return path


def test_all_is_told_in_one_pass(
    assay: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(assay), "--left-out", str(tmp_path / "left-out.csv")]) == 0
    told = capsys.readouterr().out
    assert "4 lines, UTF-8, columns divided by semicolons, decimal commas" in told
    assert "molecules in 'Structure'; values in 'pIC50'; IDs in 'Code'" in told
    assert "2 measurements of 2 molecules, 1 of them censored (such as >7)" in told
    assert "4 ('nonsense')" in told
    assert (tmp_path / "left-out.csv").read_text().splitlines() == [
        "line,reason,original",
        "4,no SMILES that can be read,A-3;nonsense;6",
        "5,not measured,A-4;CCC;n.d.",
    ]


def test_a_column_that_is_not_there(assay: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(assay), "--value-column", "pKi"]) == 2
    assert "error: --value-column pKi" in capsys.readouterr().err


def test_concentrations_are_pointed_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("smiles,IC50 (nM)\nCCO,50\nCCN,20\n")
    assert main([str(path)]) == 0
    assert "'ic50 (nm)' looks like a concentration" in capsys.readouterr().out
