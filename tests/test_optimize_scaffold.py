import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.chemistry import MakeableRules, Scaffold, parse_molecule

Optimize = Callable[..., tuple[int, str, str]]
SCAFFOLD = "c1cc([*:1])ncc1C(=O)N[*:2]"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(f'[constraints]\nscaffold = "{SCAFFOLD}"\nmax-heavy-atoms = 24\n')
    return path


@pytest.fixture
def run_options(tiny_model_folder: Path, rules: Path) -> list[Any]:
    small = ["--budget", 30, "--batch-size", 10, "--num-initial", 10, "--threads", 1, "--quiet"]
    given = ["molecules", "--model", tiny_model_folder, "--constraints", rules, *small]
    return [*given, "--objective", "property:logp"]


@pytest.mark.parametrize("from_file", [False, True])
def test_every_call_is_spent_on_the_scaffold(
    optimize: Optimize, run_options: list[Any], pool_file: Path, tmp_path: Path, from_file: bool
) -> None:
    given = [*run_options, *(["--initial", pool_file] if from_file else [])]
    code, _, error = optimize(*given, "--out", tmp_path / "run")
    assert (code, error) == (0, "")
    with (tmp_path / "run" / "hits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30
    molecules = [parse_molecule(row["smiles"]) for row in rows]
    assert all(Scaffold(SCAFFOLD).is_kept(molecule) for molecule in molecules)
    assert max(molecule.GetNumHeavyAtoms() for molecule in molecules) <= 24
    assert not [row for row in rows if MakeableRules().violation(row["smiles"])]
    assert {"initial", "scaffold"} <= {row["origin"] for row in rows}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--preset", "latent"], "--preset latent cannot keep the scaffold"),
        (["--preset", "ga"], "--preset ga cannot keep the scaffold"),
    ],
)
def test_other_presets_cannot_keep_one(
    optimize: Optimize, run_options: list[Any], given: list[str], message: str
) -> None:
    code, _, error = optimize(*run_options, *given)
    assert code == 2
    assert message in error
