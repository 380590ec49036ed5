"""The objectives that people bring, and constraints, through the command line."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rdkit import Chem

from latentbo.ledger import Evaluation, Ledger

Optimize = Callable[..., tuple[int, str, str]]

GOALS = """
mean = "arithmetic"

[[term]]
objective = "qed"
weight = 2

[[term]]
objective = "mine.py:carbons"
transform = { kind = "clipped", zero = 0, one = 20 }

[constraints]
forbidden-smarts = ["[Br,I]", "[#7]"]
max-logp = 4.5
"""
MINE = """
def carbons(smiles):
    return smiles.upper().count("C")
"""
PROGRAM = """
import sys
for line in sys.stdin:
    print(len(line.strip()) if "F" not in line else "no fluorine")
"""
NITROGEN = Chem.MolFromSmarts("[#7]")


@pytest.fixture
def goals(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(MINE)
    path = tmp_path / "goals.toml"
    path.write_text(GOALS)
    return path


def evaluations(directory: Path) -> list[Evaluation]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.evaluations()


def test_goals_and_constraints_hold_for_every_call(
    optimize: Optimize, options: list[Any], goals: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, _, stderr = optimize(*options, "--objective", goals, "--out", out)
    assert (code, stderr) == (0, "")
    rows = evaluations(out)
    assert len(rows) == 24
    assert {row.origin for row in rows} > {"initial"}
    for row in rows:
        assert not Chem.MolFromSmiles(row.string).HasSubstructMatch(NITROGEN)
        assert row.value is not None
    config = json.loads((out / "config.json").read_text())
    assert config["constraints"] == {"forbidden-smarts": ["[Br,I]", "[#7]"], "max-logp": 4.5}
    left_out = (out / "left-out.csv").read_text()
    assert "[#7]" in left_out


def test_a_run_within_constraints_is_resumed_within_them(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[constraints]\nforbidden-smarts = ["[#7]"]\n')
    given = [*options, "--objective", "qed", "--constraints", rules]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert optimize(*given, "--out", whole, "--quiet")[0] == 0
    assert optimize(*given, "--out", cut, "--quiet", "--budget", 8)[0] == 0
    config = json.loads((cut / "config.json").read_text())
    config["budget"] = config["optimizer"]["budget"] = 24
    (cut / "config.json").write_text(json.dumps(config))
    rules.unlink()  # the run keeps them itself
    assert optimize("--resume", cut, "--quiet")[0] == 0
    assert [row.string for row in evaluations(cut)] == [row.string for row in evaluations(whole)]


def test_a_program_scores_and_its_failures_are_recorded(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "score.py").write_text(PROGRAM)
    objective = f"program:{sys.executable} {tmp_path / 'score.py'}"
    out = tmp_path / "out"
    code, _, stderr = optimize(*options, "--objective", objective, "--budget", 12, "--out", out)
    assert (code, stderr) == (0, "")
    for row in evaluations(out):
        if "F" in row.string:
            assert row.message == "the program printed 'no fluorine', not a number"
        else:
            assert row.value == len(row.string)


def test_known_values_are_an_objective(
    optimize: Optimize, options: list[Any], molecules: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "assay.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["smiles", "pIC50"])
        writer.writerows([smiles, number] for number, smiles in enumerate(molecules))
    out = tmp_path / "out"
    given = ["--objective", f"{path}:pIC50", "--preset", "random", "--budget", 12]
    assert optimize(*options, *given, "--out", out, "--quiet")[0] == 0
    assert all(row.value is not None for row in evaluations(out))


def test_constraints_that_cannot_be_used_are_told(
    optimize: Optimize, options: list[Any], goals: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    out = ["--out", tmp_path / "out"]
    rules.write_text('[constraints]\nforbiden-smarts = ["[#7]"]\n')
    code, _, stderr = optimize(*options, "--constraints", rules, *out)
    assert code == 2
    assert "did you mean 'forbidden-smarts'" in stderr or "forbidden-smarts" in stderr
    rules.write_text("[other]\n")
    code, _, stderr = optimize(*options, "--constraints", rules, *out)
    assert (code, "has no table [constraints]" in stderr) == (2, True)
    rules.write_text("[constraints]\nmax-logp = 3\n")
    code, _, stderr = optimize(*options, "--objective", goals, "--constraints", rules, *out)
    assert (code, "keep one of them" in stderr) == (2, True)
    code, _, stderr = optimize("expressions", "--constraints", rules, *out)
    assert (code, "for molecules" in stderr) == (2, True)
    assert not (tmp_path / "out").exists()
