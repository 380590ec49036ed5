"""Files as chemists have them; each is written by the test itself."""

import gzip
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rdkit import Chem

from latentbo.data.assay import (
    Assay,
    Bound,
    ColumnNames,
    MeasuredLine,
    StringKind,
    fault_table,
    read_assay,
    write_left_out,
)
from latentbo.data.assay.faults import left_out_lines
from latentbo.errors import ConfigurationError, DataError

EXPRESSIONS = StringKind("expressions", "expression", whole_lines=True)
PAIRS = [
    *(("Cc1ccccc1", 2.1), ("Oc1ccccc1", 3.4), ("Nc1ccccc1", 3.9), ("COc1ccccc1", 2.8)),
    *(("O=C(O)c1ccccc1", 4.4), ("NC(=O)c1ccccc1", 4.9), ("Clc1ccccc1", 1.7)),
]


def read(tmp_path: Path, text: str, name: str = "a.csv", **given: str) -> Assay:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_assay(path, given=ColumnNames(**given))


def pairs(assay: Assay) -> list[tuple[str, float | None]]:
    return [(line.string, line.value) for line in assay.lines]


def table(form: str, head: str = "") -> str:
    return head + "".join(
        form.format(n=n, s=smiles, v=value, c=str(value).replace(".", ","))
        for n, (smiles, value) in enumerate(PAIRS)
    )


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (table("{s},{v}\n", "smiles,value\n"), 2),
        (table("{s};{v}\n", "smiles;value\n"), 2),
        (table("{s};{c}\n", "smiles;value\n"), 2),
        (table("{s}\t{v}\n", "smiles\tvalue\n"), 2),
        (table("{s}\t{c}\n", "smiles\tvalue\n"), 2),
        (table("{s} {v}\n", "smiles value\n"), 2),
        (table("{s:20}{v}\n", "smiles              value\n"), 2),
        (table("{s};{v}\n", "sep=;\nsmiles;value\n"), 3),
        (table("{s},{v}\n", "# exported\n\n# twice\nsmiles,value\n"), 5),
        (table('"{s}","{v}"\n', '"smiles","value"\n'), 2),
        (table("{s},{v}\r\n", "\ufeffSMILES,Value\r\n"), 2),
        (table("{s},{v},\n", "smiles,value,\n"), 2),
        (table("{s};'=';{v}\n", "Smiles;Relation;pChEMBL Value\n"), 2),
        (table("{n},{s},{v}\n", "nr,what we made,pIC50 (M)\n"), 2),
        (table("C-{n},{s},{v}\n"), 1),
        (table("{s},{v}\n"), 1),
        (table("{s} |c:1|,{v}\n", "CXSMILES,value\n"), 2),
        (table("{s},{v},3.5\n", "smiles,value,logP\n"), 2),
    ],
)
def test_every_usual_form_of_a_table_is_read(tmp_path: Path, text: str, first: int) -> None:
    assay = read(tmp_path, text)
    assert pairs(assay) == PAIRS
    assert [line.number for line in assay.lines] == [first + n for n in range(len(PAIRS))]
    assert assay.unusable == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    if encoding == "cp1252":
        pytest.importorskip("charset_normalizer")
    path = tmp_path / "a.csv"
    path.write_bytes(table("{s};{v};löslich, µM\n", "smiles;value;Größe\n").encode(encoding))
    assay = read_assay(path)
    assert pairs(assay) == PAIRS
    assert assay.lines[0].further == {"Größe": "löslich, µM"}


def test_a_zipped_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"smiles,value\nCC,1\n"))
    assert pairs(read_assay(path)) == [("CC", 1.0)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (table("{s}\n"), "a.smi"),
        (table("{s}\n", "smiles\n"), "a.csv"),
        (table('"{s}"\n', '"smiles"\n'), "a.csv"),
        (table("{s} {n} a name, with, commas\n"), "a.smi"),
        (table("{s} |c:1,2| a name\n"), "a.smi"),
        (table("{s}\tnumber {n}\n"), "a.smi"),
        (table("ZINC{n}\t{s}\n"), "a.smi"),
        (table("ZINC{n} {s}\n"), "a.smi"),
        (table("{s},train\n", "SMILES,SPLIT\n"), "a.csv"),
        (table("{s} {v}\n"), "a.smi"),
        (table("{s}\t{n}\n"), "a.txt"),
    ],
)
def test_files_of_molecules_alone(tmp_path: Path, text: str, name: str) -> None:
    assay = read(tmp_path, text, name)
    assert not assay.has_values
    assert [line.string for line in assay.lines] == [smiles for smiles, _ in PAIRS]


def test_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in [("Compound", "Structure", "pIC50"), ("A-1", "CCO.Cl", 5), ("A-2", "CCN", ">7.5")]:
        sheet.append(row)
    path = tmp_path / "a.xlsx"
    workbook.save(path)
    assay = read_assay(path)
    assert pairs(assay) == [("CCO", 5.0), ("CCN", None)]
    assert [(line.number, line.id) for line in assay.lines] == [(2, "A-1"), (3, "A-2")]
    assert assay.lines[1].bound == Bound(">", 7.5)


def test_an_sd_file(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    with Chem.SDWriter(str(path)) as writer:
        for smiles, value in PAIRS:
            molecule = Chem.MolFromSmiles(smiles)
            molecule.SetProp("_Name", f"name of {smiles}")
            molecule.SetProp("pIC50", str(value))
            molecule.SetProp("plate", "7")
            writer.write(molecule)
    content = path.read_text()
    path.write_text(f"broken\n\n\n  1  0\nM  END\n$$$$\n{content}")
    assay = read_assay(path)
    assert pairs(assay) == PAIRS
    assert (assay.lines[0].id, assay.lines[0].number) == ("name of Cc1ccccc1", 7)
    assert assay.lines[0].further == {"plate": "7"}
    assert [line.reason for line in assay.unusable] == ["no structure"]


def test_what_stands_beside_a_value_is_kept(tmp_path: Path) -> None:
    text = (
        "plate,Value,SMILES,message,call,Compound ID\n1,2.5,CCO,,7.0,C-1\n\n2,,CC,,,\n"
        "3,Failed,CN,too wet,,C-3\n4,nan,CCN,,,\n5,>9,CCCN,,,C-5\n"
    )
    assert read(tmp_path, text).lines == [
        MeasuredLine(2, "CCO", 2.5, True, "", 7, id="C-1", further={"plate": "1"}),
        MeasuredLine(4, "CC", None, False, further={"plate": "2"}),
        MeasuredLine(5, "CN", None, True, "too wet", id="C-3", further={"plate": "3"}),
        MeasuredLine(6, "CCN", None, True, further={"plate": "4"}),
        MeasuredLine(7, "CCCN", None, True, "", None, Bound(">", 9), "C-5", {"plate": "5"}),
    ]


def test_named_columns(tmp_path: Path) -> None:
    text = "a,b,c,d\n" + table("CCO,{n}.5,{s},{v}\n")
    with pytest.raises(DataError, match="several columns that may hold the values: 'b', 'd'"):
        read(tmp_path, text)
    assert pairs(read(tmp_path, text, string="c", value="D")) == PAIRS
    assert pairs(read(tmp_path, text, string="3", value="4")) == PAIRS
    with pytest.raises(
        ConfigurationError, match=r"--value-column e: .* no column of this name; it"
    ):
        read(tmp_path, text, value="e")
    assert read(tmp_path, text, string="c", value="d", id="b").lines[0].id == "0.5"


def test_columns_of_one_name_must_be_told_apart(tmp_path: Path) -> None:
    text = table("{s},{v},{n}.5\n", "smiles,value,value\n")
    with pytest.raises(DataError, match=r"values: 'value', 'value \(2\)'; name the right one"):
        read(tmp_path, text)
    assert pairs(read(tmp_path, text, value="2")) == PAIRS


def test_the_sign_of_another_column_is_no_bound_of_the_value(tmp_path: Path) -> None:
    head = "Smiles;Standard Relation;Standard Value;pChEMBL Value\n"
    assay = read(tmp_path, head + table("{s};'=';10;{v}\n") + "CCCO;'>';10000;5.0\n")
    assert pairs(assay) == PAIRS
    assert assay.unusable[0].reason.startswith("'Standard Relation' says >")
    own = read(tmp_path, head + "CCO;'>';10000;\nCCN;'=';50;\n", value="Standard Value")
    assert [line.bound for line in own.lines] == [Bound(">", 10_000), None]


def test_a_quote_that_is_not_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    text = table("{s},{v},ok\n", "smiles,value,note\n") + 'CCO,5,"wet\n' + table("{s},{v},\n") * 2
    assert pairs(read(tmp_path, text)) == [*PAIRS, ("CCO", 5.0), *PAIRS, *PAIRS]


def test_a_note_may_have_two_lines(tmp_path: Path) -> None:
    assay = read(tmp_path, 'smiles,value,note\nCCO,5,"wet\nand cold"\nCCN,6,\n')
    assert [(line.number, line.value) for line in assay.lines] == [(2, 5.0), (4, 6.0)]
    assert assay.lines[0].further == {"note": "wet and cold"}
    assert assay.lines[0].original == 'CCO,5,"wet\nand cold"'


def test_a_decimal_comma_among_commas_is_no_other_value(tmp_path: Path) -> None:
    assay = read(tmp_path, table("{s},{v}\n", "smiles,value\n") + "CCCO,2,1\n")
    assert pairs(assay) == PAIRS
    assert assay.unusable[0].reason == "more cells than the first line has names"


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = table("{s},{v}\n", "smiles,value\n")
    text += "nonsense,1\nC[CH2],1\nCCO,lots\n,4\nCCN,NA\nCCC.Cl,>9\nCc1ccccc1,2.3\n"
    assay = read(tmp_path, text)
    assert len(assay.measured) == len(PAIRS) + 2
    assert [(line.number, line.reason) for line in left_out_lines(assay)] == [
        (9, "no SMILES that can be read"),
        (10, "radical"),
        (11, "the value is no number"),
        (12, "no structure"),
        (13, "not measured"),
    ]
    told = fault_table(assay)
    assert "14 lines, UTF-8, columns divided by commas" in told
    assert "9 measurements of 8 molecules, 1 of them censored (such as >9)" in told
    assert "1 measured several times: averaged" in told
    assert "salts and solvents stripped in 1 lines: Cl (1)" in told
    assert "11 ('lots')" in told
    path = tmp_path / "left-out.csv"
    write_left_out(path, left_out_lines(assay))
    assert path.read_text().splitlines()[:3] == [
        "line,reason,original",
        '9,no SMILES that can be read,"nonsense,1"',
        '10,radical,"C[CH2],1"',
    ]


def test_only_a_file_of_which_over_half_is_unusable_is_refused(tmp_path: Path) -> None:
    text = "smiles,value\nCCO,1\nCCN,2\nCCO,lots\nnonsense,1\n"
    assert len(read(tmp_path, text).lines) == 2
    with pytest.raises(
        DataError,
        match=r"3 of 5 lines cannot be used: 2 the value is no number "
        r"\(line 4: 'lots', line 6: 'more'\); 1 no SMILES",
    ):
        read(tmp_path, text + "CCO,more\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv is empty"),
        ("# nothing\n\n", "a.csv is empty"),
        ("smiles,value\n", "holds no line beside the names"),
        ("name,value\nAspirin,1\nIbuprofen,2\n", "has no column of molecules: its columns are"),
        ("a\x01b", "is a binary file"),
    ],
)
def test_files_that_hold_nothing(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


def test_ids_may_stand_for_molecules(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("vial,value\nL-1,5.5\nL-3,6\nL-9,1\n")
    assay = read_assay(path, known_ids={"L-1": "CCO", "L-2": "CCN", "L-3": "CCC"})
    assert pairs(assay) == [("CCO", 5.5), ("CCC", 6.0)]
    assert [(line.number, line.reason) for line in assay.unusable] == [(4, "no structure")]


def test_expressions_are_read_with_their_blanks(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x + 1\n# comment\nsin( x )\n")
    assert [line.string for line in read_assay(path, EXPRESSIONS).lines] == ["x+1", "sin(x)"]
    path.write_text("expression\tvalue\nx + 1\t-1e3\n")
    assert pairs(read_assay(path, EXPRESSIONS)) == [("x+1", -1000.0)]


def long_file(path: Path) -> None:
    """Write 300 lines with all that the reader should bear."""
    chance = random.Random(0)
    lines = ["Compound;Structure;pIC50;Comment"]
    for number in range(299):
        smiles = "C" * chance.randint(2, 7) + chance.choice(
            ["c1ccccc1", "C1CCNCC1", "c1ccncc1", "Oc1ccc(Cl)cc1"]
        )
        smiles += ".Cl" if number % 7 == 0 else ".OC(=O)C(F)(F)F" if number % 11 == 0 else ""
        value = f"{chance.uniform(4, 9):.2f}".replace(".", ",")
        value = {3: ">9", 5: "<4,9", 8: "lots", 13: "n.d."}.get(number % 30, value)
        smiles = {9: "nonsense", 17: "C[CH2]"}.get(number % 40, smiles)
        lines.append(f"AB-{number:04};{smiles};{value};löslich, geprüft")
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())


def test_300_lines_of_all_kinds(tmp_path: Path) -> None:
    path = tmp_path / "assay.csv"
    long_file(path)
    assay = read_assay(path)
    assert (assay.encoding, assay.decimal_commas) == ("UTF-8 with mark", True)
    assert len(assay.lines) + len(assay.unusable) == 299
    # 0-based lines 8, 38, … hold no number, 9 and 17 of each 40 no molecule, two hold neither.
    reasons = [line.reason for line in assay.unusable]
    assert reasons.count("no SMILES that can be read") == 8
    assert reasons.count("radical") == 8
    assert sum(line.bound is not None for line in assay.lines) == 20
    assert {line.id for line in assay.lines} <= {f"AB-{number:04}" for number in range(299)}
    repeated = len(assay.measured) - len({line.string for line in assay.measured})
    assert repeated > 100


@pytest.mark.slow("latentbo/data/assay", "latentbo/check.py")
def test_the_table_of_faults_stands_within_two_seconds(tmp_path: Path) -> None:
    long_file(tmp_path / "assay.csv")
    command = [sys.executable, "-X", "importtime", "-m", "latentbo.check", "assay.csv"]
    before = os.times()
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    after = os.times()
    assert "left out" in found.stdout
    assert "torch" not in {line.split("|")[-1].strip() for line in found.stderr.splitlines()}
    spent = after.children_user + after.children_system
    assert spent - before.children_user - before.children_system < 2.0, time.process_time()


def test_an_sd_file_without_a_record_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    path.write_text("$$$$\n")
    with pytest.raises(DataError, match=r"a\.sdf is empty: give an SD file with a molecule"):
        read_assay(path)
