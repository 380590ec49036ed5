import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from latentbo.chemistry import MOLECULE_PROPERTIES
from latentbo.errors import InputError, ObjectiveError
from latentbo.objectives import OBJECTIVES, anchor_objective, evaluate, objective_from


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in a folder of files, and forget what they add to the interpreter."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    (tmp_path / "mine.py").write_text("def score(smiles):\n    return len(smiles)\n", "utf-8")
    (tmp_path / "known.csv").write_text("smiles,value,other\nCCO,4,5\n", "utf-8")
    (tmp_path / "run.sh").write_text("#!/bin/sh\ncat\n", "utf-8")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "plain.sh").write_text("cat\n", "utf-8")
    (tmp_path / "goal.toml").write_text('[[term]]\nobjective = "mine.py:score"\n', "utf-8")
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("text", "value", "name"),
    [
        ("qed", OBJECTIVES["qed"]("CCO"), "qed"),
        (" mine.py:score\n", 3.0, "mine.py:score"),
        ("mine:score", 3.0, "mine:score"),
        ("builtins:len", 3.0, "builtins:len"),
        ("known.csv", 4.0, "known.csv"),
        ("./known.csv:other", 5.0, "known.csv:other"),
        ("goal.toml", 3.0, "goal.toml"),
        ("program:sed s/.*/7/", 7.0, "program:sed 's/.*/7/'"),
        ("program-once:sed s/.*/7/", 7.0, "program-once:sed 's/.*/7/'"),
        ("property:heavy-atoms", 3.0, "property:heavy-atoms"),
        ("similarity:OCC", 1.0, "similarity:OCC"),
        ("minimize:property:heavy-atoms", -3.0, "-property:heavy-atoms"),
        ("minimize: mine.py:score", -3.0, "-mine.py:score"),
        ("similarity:[CH3:1]C", None, "similarity:[CH3:1]C"),
    ],
)
def test_each_form(text: str, value: float | None, name: str) -> None:
    objective = objective_from(text.replace("program:sed", "program:sed -u"), time_limit=20)
    assert objective.name == name.replace("program:sed", "program:sed -u")
    assert value is None or objective("CCO") == value
    assert objective.description


def test_built_in_ones() -> None:
    others = [name for name in OBJECTIVES if objective_from(f" {name} ") is not OBJECTIVES[name]]
    assert others == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            r"no objective ''; use one of the \d+ built-in names.*program:COMMAND",
        ),
        ("qde", r"did you mean 'qed'\?"),
        ("minimize:qde", r"did you mean 'qed'\?"),
        ("minimise:qed", r"did you mean 'minimize:qed'\?"),
        ("minimize:goal.toml", r'write direction = "minimize" in goal\.toml, under \[\[term\]\]'),
        ("perindopril-mpo", r"did you mean 'perindopril_mpo'\?"),
        ("a\0b.csv", r"'a\\x00b\.csv' holds a character that no name can have"),
        ("\ud800.toml", "holds a character that no name can have"),
        ("mine.py", r"no function; write mine\.py:FUNCTION, or program:python mine\.py"),
        ("mine.py:scored", r"no function 'scored' there \(did you mean 'score'\?\)"),
        (
            "plain.sh",
            r"program:INTERPRETER plain\.sh, or .*chmod \+x plain\.sh",
        ),
        ("program:./plain.sh", r"not executable; allow it \(chmod \+x /.*, such as program:sh /"),
        ("./run.sh -v", r"write program:\./run\.sh -v for a program with arguments"),
        ("program:", "'program:' lacks a part; write program:COMMAND"),
        ("similarity: ", "lacks a part; write similarity:SMILES"),
        ("program:no-such-xyz -v", r"there is no program 'no-such-xyz' \(looked from"),
        ("program:'sh", "No closing quotation; close the quotation mark"),
        ("progam:./run.sh", r"did you mean 'program:\./run\.sh'\?"),
        ("programonce:sh", "did you mean 'program-once:sh'"),
        ("propertyy:tpsa", "did you mean 'property:tpsa'"),
        ("similarty:CCO", "did you mean 'similarity:CCO'"),
        ("property:TPAS", r"no property 'TPAS' \(did you mean 'tpsa'\?\); use one of heavy-atoms"),
        ("similarity:C1", "lead of a similarity: 'C1' is not a molecule"),
        ("data.cvs", r"did you mean 'data\.csv'\?"),
        ("data.tsv", r"did you mean 'data\.csv'\?"),
        ("goal.tml", r"did you mean 'goal\.toml'\?"),
        ("mine.yp", r"did you mean 'mine\.py:FUNCTION'\?"),
        ("known.csv:othr", r"no column 'othr' \(did you mean 'other'\?\)"),
        ("gone.csv", r"gone\.csv cannot be read \(No such file"),
        ("gone.toml", r"gone\.toml cannot be read \(No such file"),
        ("no_such_module_xyz:f", "ModuleNotFoundError.*install no_such_module_xyz"),
    ],
)
def test_nearest_form(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        objective_from(text)


@given(st.text(max_size=12), st.sampled_from(["", ":", "://", "program:", "similarity:", ".csv"]))
def test_only_our_errors(text: str, mark: str) -> None:
    for spec in (mark + text, text + mark):
        name = spec.strip()
        assume(name not in OBJECTIVES and not name.startswith("/"))
        assume(":" not in text)
        with suppress(ObjectiveError):
            assert objective_from(spec).name


def test_properties_and_similarity_are_measures_of_molecules() -> None:
    for name, measured in MOLECULE_PROPERTIES.items():
        objective = objective_from(f"property:{name}")
        assert objective.task == "molecules"
        assert objective.description == measured.words
        assert isinstance(objective("c1ccccc1O"), float)
    for name, same in (("TPSA", "tpsa"), ("polar surface", "tpsa"), ("logP", "logp")):
        assert objective_from(f"property:{name}")("CCO") == objective_from(f"property:{same}")(
            "CCO"
        )
    lead = objective_from("similarity:c1ccccc1O")
    assert lead("c1ccccc1O") == 1.0 > lead("c1ccccc1N") > lead("CCCC") == 0.0
    assert "is not a molecule" in evaluate(lead, "C1").error


def test_anchored_texts_mean_the_same_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [
        "mine.py:score",
        "known.csv",
        "known.csv:other",
        "goal.toml",
        "run.sh",
        "program:./run.sh",
        "program:run.sh known.csv",
        "program-once:sh plain.sh",
        "minimize:mine.py:score",
    ]
    anchored = [anchor_objective(text) for text in texts]
    assert anchored[1] == str((tmp_path / "known.csv").resolve())
    assert anchored[6].split() == [f"program:{tmp_path / 'run.sh'}", str(tmp_path / "known.csv")]
    assert anchored[7] == f"program-once:sh {tmp_path / 'plain.sh'}"
    assert anchored[8] == f"minimize:{anchored[0]}"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for text in anchored:
        assert objective_from(text).name
        assert anchor_objective(text) == text
    assert anchor_objective("mine.py:score", tmp_path) == anchored[0]
    assert anchor_objective("gone.csv", tmp_path) == str(tmp_path.resolve() / "gone.csv")


@pytest.mark.parametrize(
    "text",
    ["qed", "math:sqrt", "http://host/x.csv", "similarity:CCO", "program:'sh", "gone.csv", "x"],
)
def test_what_names_no_file_stays(text: str) -> None:
    assert anchor_objective(f" {text}") == text
