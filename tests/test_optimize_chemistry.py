import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.chemistry import MakeableRules
from latentbo.errors import CheckpointError
from latentbo.ledger import Evaluation, Ledger, StepRecord
from latentbo.run import open_run

Optimize = Callable[..., tuple[int, str, str]]
# Each breaks a rule.
REACTIVE = ["O=C(Cl)c1ccccc1", "Cc1ccc(S(=O)(=O)Cl)cc1", "N#CC(=O)c1ccccc1"]


def read(folder: Path) -> tuple[list[Evaluation], list[StepRecord]]:
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        return ledger.evaluations(), ledger.steps()


@pytest.fixture
def graph_options(pool_file: Path) -> list[Any]:
    """A run of 30 calls that needs no model, from a user's file with reactive groups."""
    pool_file.write_text(pool_file.read_text() + "\n" + "\n".join(REACTIVE))
    small = ["--budget", 30, "--batch-size", 5, "--num-initial", 20, "--threads", 1, "--quiet"]
    return ["molecules", "--preset", "ga", "--objective", "qed", "--initial", pool_file, *small]


def test_usual_chemistry_is_the_default_and_spares_the_users_molecules(
    optimize: Optimize, graph_options: list[Any], tmp_path: Path
) -> None:
    assert optimize(*graph_options, "--out", tmp_path / "run")[0] == 0
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    assert settings["chemistry"] == "usual"
    pool = (tmp_path / "run" / "pool.smi").read_text().split()
    assert set(REACTIVE) <= set(pool)
    rows, steps = read(tmp_path / "run")
    made = [row.string for row in rows if row.string not in pool]
    assert len(made) >= 5
    assert not [smiles for smiles in made if MakeableRules().violation(smiles)]
    refused = {name for step in steps for name in step.state if name.startswith("filtered: ")}
    assert refused
    assert "refused before a call" not in (tmp_path / "run" / "report.html").read_text()
    assert "What the filter refused" in (tmp_path / "run" / "report.html").read_text()


def test_none_lets_the_search_make_what_it_likes(
    optimize: Optimize, graph_options: list[Any], tmp_path: Path
) -> None:
    given = [*graph_options, "--chemistry", "none", "--out", tmp_path / "run"]
    assert optimize(*given)[0] == 0
    rows, _ = read(tmp_path / "run")
    pool = (tmp_path / "run" / "pool.smi").read_text().split()
    made = [row.string for row in rows if row.string not in pool]
    assert [smiles for smiles in made if MakeableRules().violation(smiles)]


def test_a_run_without_the_setting_goes_on_without_rules(
    optimize: Optimize, graph_options: list[Any], tmp_path: Path
) -> None:
    """Runs of versions without rules are gone on with as they were begun."""
    runs = []
    for name in ("new", "old"):
        folder = tmp_path / name
        options = [*graph_options, "--chemistry", "none", "--max-hours", "0.0000001"]
        assert optimize(*options, "--out", folder)[0] == 0
        if name == "old":
            settings = json.loads((folder / "config.json").read_text())
            assert settings.pop("chemistry") == "none"
            (folder / "config.json").write_text(json.dumps(settings))
        assert optimize("--resume", folder, "--quiet", "--max-hours", "1")[0] == 0
        runs.append([row.string for row in read(folder)[0]])
    assert runs[0] == runs[1]
    assert len(runs[0]) == 30


def test_the_own_pool_keeps_the_rules_and_counts_what_does_not(
    optimize: Optimize, tmp_path: Path
) -> None:
    given = ["molecules", "--preset", "random", "--budget", 3, "--objective", "qed", "--quiet"]
    assert optimize(*given, "--chemistry", "strict", "--out", tmp_path / "run")[0] == 0
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    assert settings["pool"]["left_out"]["structural alert (Brenk)"] > 500
    pool = (tmp_path / "run" / "pool.smi").read_text().split()
    assert len(pool) == settings["pool"]["usable"] > 500
    assert not [smiles for smiles in pool[::20] if MakeableRules("strict").violation(smiles)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["molecules", "--chemistry", "usal"], "invalid choice: 'usal'"),
        (["expressions", "--chemistry", "usual"], "--chemistry is a limit for molecules"),
        (
            ["molecules", "--protocol", "kusner2017", "--chemistry", "usual"],
            "--chemistry means nothing to --protocol kusner2017",
        ),
        (
            ["molecules", "--protocol", "held-out", "--chemistry", "usual"],
            "--chemistry means nothing to --protocol held-out",
        ),
    ],
)
def test_what_cannot_be_asked_for(optimize: Optimize, given: list[str], message: str) -> None:
    code, _, error = optimize(*given)
    assert code == 2
    assert message in error


def test_an_unknown_level_in_a_folder_is_no_run_of_this_version(
    optimize: Optimize, graph_options: list[Any], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    assert optimize(*graph_options, "--preset", "random", "--out", folder)[0] == 0
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings, "chemistry": "lenient"}))
    with pytest.raises(CheckpointError, match="does not describe a run of this version"):
        open_run(folder)
