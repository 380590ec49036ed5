import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.chemistry import parse_molecule
from latentbo.optimize.options import build_parser
from latentbo.optimize.settings import run_settings

Optimize = Callable[..., tuple[int, str, str]]


def test_the_smallest_values_are_the_best(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    given = [*options, "--minimize", "--objective", "property:heavy-atoms", "--preset", "random"]
    assert optimize(*given, "--out", tmp_path / "run")[0] == 0
    assert "minimize:property:heavy-atoms" in (tmp_path / "run" / "report.html").read_text()
    settings = json.loads((tmp_path / "run" / "config.json").read_text())
    assert settings["objective"] == "minimize:property:heavy-atoms"
    with (tmp_path / "run" / "hits.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    sizes = [parse_molecule(row["smiles"]).GetNumHeavyAtoms() for row in rows]
    assert sizes == sorted(sizes)
    assert [float(row["value"]) for row in rows] == sizes


@pytest.mark.parametrize(
    ("given", "objective", "chemistry"),
    [
        (["molecules"], "amlodipine_mpo", "usual"),
        (["molecules", "--chemistry", "none", "--objective", "qed"], "qed", "none"),
        (["molecules", "--protocol", "kusner2017"], "penalized-logp", None),
        (["molecules", "--protocol", "held-out", "--objective", "qed"], "qed", None),
        (["expressions"], "target-fit", None),
    ],
)
def test_defaults_of_runs_and_of_protocols(
    given: list[str], objective: str, chemistry: str | None
) -> None:
    _, settings = run_settings(build_parser().parse_args(given), given)
    assert settings["objective"] == objective
    assert settings.get("chemistry") == chemistry


def test_the_default_is_not_minimised(optimize: Optimize, options: list[Any]) -> None:
    code, _, error = optimize(*options, "--minimize")
    assert code == 2
    assert "--minimize needs --objective" in error
