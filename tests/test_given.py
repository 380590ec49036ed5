import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from latentbo.data.assay import read_assay
from latentbo.errors import ConfigurationError, DataError
from latentbo.given import read_given
from latentbo.ledger import Evaluation, Ledger
from latentbo.report import load_run
from latentbo.tasks import TASKS

Optimize = Callable[..., tuple[int, str, str]]
TEXT = """smiles,value,note
OCc1ccccc1,1.5,alcohol
c1ccc(CO)cc1,2.5,the same again
Cc1ccccc1,0.5,
c1ccncc1,,later
CSc1ccccc1,failed,
nonsense,7,
Nc1ccccc1,3.25,
"""


@pytest.fixture(autouse=True)
def small_pool(monkeypatch: pytest.MonkeyPatch, molecules: list[str]) -> None:
    """The task's own pool takes seconds to filter."""
    monkeypatch.setitem(TASKS, "molecules", replace(TASKS["molecules"], pool=lambda: molecules))


@pytest.fixture
def assay(tmp_path: Path) -> Path:
    path = tmp_path / "assay.csv"
    path.write_text(TEXT)
    return path


def rows_of(directory: Path) -> list[Evaluation]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.evaluations()


def test_measurements_are_canonical_and_repeated_ones_stay_apart(assay: Path) -> None:
    given = read_given(TASKS["molecules"], read_assay(assay))
    assert given.pairs == [
        ("OCc1ccccc1", 1.5),
        ("OCc1ccccc1", 2.5),
        ("Cc1ccccc1", 0.5),
        ("Nc1ccccc1", 3.25),
    ]
    assert [(line.number, line.reason) for line in given.left_out] == [
        (5, "not measured"),
        (6, "failed"),
        (7, "no SMILES that can be read"),
    ]
    summary = given.summary()
    assert (summary["count"], summary["measurements"]) == (3, 4)
    assert (summary["best"], summary["source"]) == (3.25, "assay.csv")


def test_a_file_without_a_value_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("smiles,value\nCC,\nnonsense,1\n")
    told = r"no molecule with a value \(1 no SMILES that can be read, 1 not measured\)"
    with pytest.raises(DataError, match=told):
        read_given(TASKS["molecules"], read_assay(path))


def test_expressions_are_measured_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("expression,value\nx + 1,2\nx+,1\n")
    assert read_given(
        TASKS["expressions"], read_assay(path, TASKS["expressions"].strings)
    ).pairs == [("x+1", 2.0)]


@pytest.mark.parametrize("preset", ["hybrid", "latent", "ga", "random"])
def test_a_run_starts_from_measurements(
    optimize: Optimize, options: list[Any], assay: Path, tmp_path: Path, preset: str
) -> None:
    out = tmp_path / "out"
    chosen = [*options, "--initial", assay, "--preset", preset, "--budget", 6, "--batch-size", 3]
    arguments = [str(each) for each in chosen]
    del arguments[arguments.index("--num-initial") : arguments.index("--num-initial") + 2]
    code, stdout, stderr = optimize(*arguments, "--objective", "qed", "--out", out)
    assert (code, stderr) == (0, "")
    assert "measured before: 3 molecules (assay.csv), the best of them 3.25" in stdout
    assert "1 failed, 1 no SMILES that can be read, 1 not measured" in stdout
    rows = rows_of(out)
    assert len(rows) == 6
    assert not {row.origin for row in rows} & {"initial"}
    assert not {row.string for row in rows} & {"OCc1ccccc1", "Cc1ccccc1", "Nc1ccccc1"}
    assert (out / "left-out.csv").read_text().count("\n") == 4
    assay.unlink()  # the folder holds all that is needed to go on
    code, again, stderr = optimize("--resume", out)
    assert (code, stderr) == (0, "")
    shown = " ".join(again.split())
    assert "measured before the run: 3 strings (assay.csv), best in them 3.25" in shown
    assert rows_of(out) == rows
    assert "measured before the run" in (out / "report.html").read_text()
    labelled = load_run(out).labelled
    assert labelled is not None
    assert (labelled.count, labelled.best, labelled.by_protocol) == (3, 3.25, False)


def test_one_measurement_is_too_few_to_learn_from(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("smiles,value\nCc1ccccc1,2\n")
    for preset in ("hybrid", "latent"):
        out = tmp_path / preset
        chosen = ("--initial", path, "--preset", preset, "--budget", 4, "--num-initial", 4)
        code, _, stderr = optimize(*options, *chosen, "--objective", "qed", "--out", out)
        assert (code, stderr) == (0, "")
        rows = rows_of(out)
        assert {row.origin for row in rows} == {"initial"}
        assert "Cc1ccccc1" not in {row.string for row in rows}


def test_measurements_of_one_value_have_no_front(
    optimize: Optimize, options: list[Any], assay: Path, tmp_path: Path
) -> None:
    goals = tmp_path / "goals.toml"
    term = '[[term]]\nobjective = "{}"\n'
    goals.write_text('mean = "pareto"\n' + term.format("qed") + term.format("property:logp"))
    out = tmp_path / "out"
    code, _, stderr = optimize(*options, "--initial", assay, "--objective", goals, "--out", out)
    assert code == ConfigurationError.exit_code
    assert "holds one value for each molecule, and the objective has a Pareto front" in stderr
    assert not out.exists()


def test_the_settings_tell_where_measurements_come_from(
    optimize: Optimize, options: list[Any], assay: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    chosen = ("--initial", assay, "--preset", "random", "--budget", 2, "--quiet")
    assert optimize(*options, *chosen, "--objective", "qed", "--out", out) == (0, "", "")
    config = json.loads((out / "config.json").read_text())
    assert config["initial"] == str(assay)
    assert config["labelled"]["left_out"] == {
        "failed": 1,
        "no SMILES that can be read": 1,
        "not measured": 1,
    }
