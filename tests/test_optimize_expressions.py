"""`python -m latentbo.optimize expressions` from the command line to the files."""

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.ledger import Ledger
from latentbo.models import default_model_folder
from latentbo.objectives import fit_error
from latentbo.parsing import load_grammar, parser_for

Optimize = Callable[..., tuple[int, str, str]]
STATE = {"config.json", "ledger.sqlite", "pool.txt"}
REPORTS = {"hits.csv", "fit.png", "convergence.png", "report.html"}


def comparable(directory: Path) -> list[Any]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.comparable()


def hits_of(directory: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((directory / "hits.csv").read_text().splitlines()))


@pytest.mark.parametrize("preset", ["hybrid", "ga", "gp-bo"])
def test_presets_for_molecules_are_refused(optimize: Any, preset: str, tmp_path: Path) -> None:
    code, _, stderr = optimize("expressions", "--preset", preset, "--out", tmp_path / "x")
    assert code == 2
    assert f"--preset {preset} is not for expressions: choose one of latent" in stderr


def test_a_run_writes_its_files(
    optimize: Optimize, expression_options: list[Any], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize(*expression_options, "--out", out)
    assert (code, stderr) == (0, "")
    assert {path.name for path in out.iterdir()} == REPORTS | STATE
    assert "starting pool: 24 expressions" in stdout
    assert "Best expressions · target-fit" in stdout
    assert "molecule" not in stdout
    assert "SMILES" not in stdout
    rows = hits_of(out)
    assert len(rows) == 24
    assert len({row["expression"] for row in rows}) == 24
    parser = parser_for(load_grammar("expressions"))
    for row in rows:
        assert parser.parse(row["expression"])  # a sentence, without blanks
        assert float(row["value"]) == pytest.approx(-fit_error(row["expression"]), rel=1e-9)
    assert {"initial", "trust-region"} <= {row["origin"] for row in rows}
    config = json.loads((out / "config.json").read_text())
    assert (config["task"], config["objective"]) == ("expressions", "target-fit")
    assert "filter" not in config


def test_the_same_seed_gives_the_same_run_and_resuming_reports_it_again(
    optimize: Optimize, expression_options: list[Any], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        done = optimize(*expression_options, "--seed", 5, "--out", tmp_path / name, "--quiet")
        assert done == (0, "", "")
    assert comparable(tmp_path / "a") == comparable(tmp_path / "b")
    before = {name: (tmp_path / "a" / name).read_bytes() for name in REPORTS}
    assert optimize("--resume", tmp_path / "a", "--quiet") == (0, "", "")
    assert {name: (tmp_path / "a" / name).read_bytes() for name in REPORTS} == before


@pytest.mark.parametrize("sources", ["latent", "latent,infill"])
def test_a_stopped_run_goes_on_as_the_unbroken_one(
    optimize: Optimize, expression_options: list[Any], tmp_path: Path, sources: str
) -> None:
    objective = tmp_path / "stopping.py"
    objective.write_text(
        "import pathlib\n"
        "def f(expression):\n"
        "    count = pathlib.Path(__file__).with_name('count')\n"
        "    calls = len(count.read_text()) if count.exists() else 0\n"
        "    count.write_text('x' * (calls + 1))\n"
        "    if calls == 13:\n"
        "        raise KeyboardInterrupt\n"
        "    return -len(expression)\n"
    )
    options = [*expression_options, "--objective", f"{objective}:f", "--sources", sources]
    code, stdout, _ = optimize(*options, "--out", tmp_path / "stopped")
    assert code == 130
    assert "--resume" in stdout
    assert optimize("--resume", tmp_path / "stopped", "--quiet") == (0, "", "")
    assert optimize(*options, "--out", tmp_path / "unbroken", "--quiet") == (0, "", "")
    assert comparable(tmp_path / "stopped") == comparable(tmp_path / "unbroken")
    origins = {row["origin"] for row in hits_of(tmp_path / "unbroken")}
    assert bool(origins & {"infill", "splice"}) == ("infill" in sources)


@pytest.mark.parametrize("surrogate", ["fragments", "latent"])
def test_characters_and_the_default_pool(
    optimize: Optimize, expression_models: dict[str, Path], tmp_path: Path, surrogate: str
) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize(
        *("expressions", "--model", expression_models["characters"], "--out", out),
        *("--budget", 15, "--initial", 10, "--surrogate", surrogate, "--threads", 1),
    )
    assert (code, stderr) == (0, "")
    rows = hits_of(out)
    assert [row["origin"] for row in rows].count("initial") == 10
    assert len(rows) == 15
    config = json.loads((out / "config.json").read_text())
    assert config["initial"] == "random sentences of the grammar"
    left_out = config["pool"]["left_out"]["not representable by the model"]
    assert config["pool"]["usable"] + left_out == 5000
    assert f"(not used: {left_out} not representable by the model)" in stdout


WRONG: dict[str, tuple[list[Any], str]] = {
    "filter": (["--max-heavy-atoms", 20], "--max-heavy-atoms is a limit for molecules: leave it"),
    "filter with =": (["--min-rings=none"], "--min-rings=none is a limit for molecules"),
    "objective": (["--objective", "qed"], "'qed' scores molecules, not expressions"),
    "number": (["--initial", 0], "give a number from 1 up (and not --num-initial beside it), or a"),
    "file": (["--initial", "/nowhere/e.txt"], "/nowhere/e.txt cannot be read"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_wrong_options_are_told_in_one_line(
    name: str, optimize: Optimize, expression_options: list[Any], tmp_path: Path
) -> None:
    wrong, message = WRONG[name]
    out = tmp_path / "out"
    code, stdout, stderr = optimize(*expression_options[:3], *wrong, "--out", out)
    assert (code, stdout) == (2, "")
    assert message in stderr
    assert stderr.count("\n") == 1
    assert "SMILES" not in stderr
    assert not out.exists()


def test_a_file_without_an_expression(
    optimize: Optimize, expression_options: list[Any], tmp_path: Path
) -> None:
    path = tmp_path / "wrong.txt"
    path.write_text("c1ccccc1\nx-1\n")
    code, _, stderr = optimize(*expression_options, "--initial", path, "--out", tmp_path / "out")
    assert code == 2
    assert "no expression of" in stderr
    assert "can be used (2 no expression)" in stderr
    assert "filter" not in stderr


@pytest.mark.skipif(default_model_folder("expressions").is_dir(), reason="there is a model")
def test_without_a_shipped_model_one_is_asked_for(optimize: Optimize, tmp_path: Path) -> None:
    code, stdout, stderr = optimize("expressions", "--out", tmp_path / "out")
    assert (code, stdout) == (2, "")
    assert "python -m latentbo.train expressions" in stderr
    assert "--model DIR" in stderr


@pytest.mark.slow("latentbo/optimizer", "latentbo/pretrained/expressions")
@pytest.mark.skipif(
    not default_model_folder("expressions").is_dir(), reason="the package ships no model yet"
)
def test_the_shipped_model_finds_expressions(optimize: Optimize, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, _, stderr = optimize("expressions", "--budget", 60, "--initial", 20, "--out", out)
    assert (code, stderr) == (0, "")
    rows = hits_of(out)
    best = {
        origin: max(float(row["value"]) for row in rows if (row["origin"] == "initial") == origin)
        for origin in (True, False)
    }
    assert best[False] > best[True]
    assert best[False] <= 0.0 < math.log(1001)
