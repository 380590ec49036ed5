from pathlib import Path

import pytest

from latentbo.errors import InputError
from latentbo.objectives import evaluate, objective_from
from latentbo.objectives.sources import CallError, load_lookup

ASSAY = """SMILES,name,value,pIC50
OCC,ethanol,1.5,7
CCN,,,6
"C(C)O",again,2.5,
[Na+].[Cl-],salt,9,9

c1ccccc1,benzene, -2e-1 ,5
"""


@pytest.fixture
def assay(tmp_path: Path) -> Path:
    path = tmp_path / "assay.csv"
    path.write_text(ASSAY, encoding="utf-8-sig")
    return path


def test_molecules_are_found_however_written(assay: Path) -> None:
    objective = objective_from(str(assay))
    assert objective("C1=CC=CC=C1") == -0.2
    assert objective("CCO") == objective("OCC") == 2.0  # the mean of two lines
    assert objective.task == "molecules"
    assert objective.name == "assay.csv"
    assert objective.description == (
        "the values of 2 molecules in assay.csv; 1 lines hold no molecule; 1 repeated lines are "
        "averaged"
    )


def test_another_column(assay: Path) -> None:
    objective = objective_from(f"{assay}:PIC50")
    assert objective("CCN") == 6.0
    assert objective("CCO") == 7.0
    assert objective.name == "assay.csv:PIC50"


def test_missing_molecules_and_values_fail(assay: Path) -> None:
    objective = objective_from(str(assay))
    assert evaluate(objective, "CCCC").error == "assay.csv does not have this molecule"
    assert evaluate(objective, "CCN").error == "assay.csv has no value for this molecule"
    for smiles in ("", "nonsense", "[Na+].[Cl-]"):
        with pytest.raises(CallError, match="does not have"):
            objective(smiles)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no column 'smiles'; its first line names none"),
        (
            "smile,value\nC,1\n",
            r"no column 'smiles' \(did you mean 'smile'\?\).*names smile",
        ),
        ("smiles,score\nC,1\n", r"no column 'value'; its.*smiles, score; write FILE\.csv:COLUMN"),
        ("smiles,value\nC,1\nCC,high\n", r"line 3: the value is 'high', not a number; mend"),
        ("smiles,value\nC,nan\n", r"line 2: the value is nan; a value must be finite"),
        ("smiles,value\nC,\nno,1\n", r"no molecule with a value.*\(1 lines hold no molecule\)"),
        ("smiles,value\n", "holds no molecule with a value"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_lookup(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(No such file.*looked from"):
        load_lookup(tmp_path / "gone.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no UTF-8 text"):
        load_lookup(tmp_path / "binary.csv")
    (tmp_path / "long.csv").write_text("smiles,value\n" + "C" * 200_000 + ",1\n", "utf-8")
    with pytest.raises(InputError, match=r"line 2, is no CSV: field larger"):
        load_lookup(tmp_path / "long.csv")
    (tmp_path / "long.csv").write_text("C" * 200_000 + ",value\nC,1\n", "utf-8")
    with pytest.raises(InputError, match=r"line 1, is no CSV: field larger"):
        load_lookup(tmp_path / "long.csv")
    (tmp_path / "long.csv").write_text("smiles,value\n" + "C" * 1_000_001 + ",1\n", "utf-8")
    with pytest.raises(InputError, match=r"line 2, has more than 1,000,000 characters"):
        load_lookup(tmp_path / "long.csv")
