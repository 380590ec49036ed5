import csv
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from rdkit import Chem

from latentbo.chemistry import MakeableRules
from latentbo.ledger import Evaluation, Ledger, Status
from latentbo.models import default_model_folder
from latentbo.optimize import build_parser
from latentbo.tasks import TASKS

REPORTS = ("hits.csv", "hits.sdf", "convergence.png", "report.html")
STATE = ("config.json", "ledger.sqlite", "pool.smi")

Optimize = Callable[..., tuple[int, str, str]]


def ledger_of(directory: Path) -> list[Any]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.comparable()


def evaluations_of(directory: Path) -> list[Evaluation]:
    return [row for row in ledger_of(directory) if isinstance(row, Evaluation)]


def test_a_run_writes_its_files(optimize: Optimize, options: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize(*options, "--out", out)
    assert (code, stderr) == (0, "")
    assert {path.name for path in out.iterdir()} == {*REPORTS, *STATE}
    assert f"run folder: {out}" in stdout
    assert "starting pool: 32 molecules" in stdout
    assert "calls 24/24" in stdout
    assert all(f"wrote {out / name}" in stdout for name in REPORTS)
    assert "Best molecules · amlodipine_mpo" in stdout
    assert "24 calls: 8 initial, 16 by the optimizer" in stdout
    assert "--resume" not in stdout

    rows = list(csv.DictReader((out / "hits.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 24
    assert [*rows[0]][:4] == ["smiles", "value", "call", "origin"]
    assert {"qed", "sa", "logp", "heavy_atoms", "nearest_initial", "similarity"} <= rows[0].keys()
    assert not [name for name in rows[0] if "sec" in name or "time" in name]
    values = [float(row["value"]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert sorted(int(row["call"]) for row in rows) == list(range(1, 25))
    assert sum(row["origin"] == "initial" for row in rows) == 8
    assert {row["smiles"] for row in rows} == {row.string for row in evaluations_of(out)}

    records = list(Chem.SDMolSupplier(str(out / "hits.sdf")))
    assert len(records) == 24
    assert [record.GetProp("call") for record in records] == [row["call"] for row in rows]
    assert (out / "convergence.png").read_bytes().startswith(b"\x89PNG")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert 'src="http' not in page

    config = json.loads((out / "config.json").read_text())
    assert config["command"] == shlex.join(
        ["python", "-m", "latentbo.optimize", *map(str, options), "--out", str(out)]
    )
    assert (config["budget"], config["batch_size"], config["seed"]) == (24, 8, 0)
    assert config["optimizer"]["num_initial"] == 8
    assert config["filter"]["min_rings"] is None
    assert config["threads"] == 1
    assert {"torch", "rdkit", "latentbo"} <= config["versions"].keys()


def test_the_same_seed_gives_the_same_run(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    for name, *changes in (("a", "--seed", 3), ("b", "--seed", 3), ("c", "--budget", 8)):
        assert optimize(*options, *changes, "--out", tmp_path / name, "--quiet") == (0, "", "")
    assert ledger_of(tmp_path / "a") == ledger_of(tmp_path / "b")
    initial = [evaluations_of(tmp_path / name)[:8] for name in ("a", "c")]
    assert initial[0] != initial[1]  # of seeds 3 and 0
    for name in ("hits.csv", "hits.sdf", "convergence.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


KILLER = """
import os, pathlib, signal

HERE = pathlib.Path(__file__).parent

def score(smiles):
    "Kills its own process at the calls named in `kill-at`, each once."
    calls = HERE / "calls"
    number = len(calls.read_text()) + 1 if calls.exists() else 1
    calls.write_text("x" * number)
    left = HERE / "kill-at"
    numbers = left.read_text().split() if left.exists() else []
    if str(number) in numbers:
        left.write_text(" ".join(n for n in numbers if n != str(number)))
        os.kill(os.getpid(), signal.SIGKILL)
    if "Br" in smiles:
        raise ValueError("no bromine here")
    return smiles.upper().count("C") / len(smiles)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.slow("latentbo/ledger", "latentbo/run")
def test_killed_and_resumed_it_is_the_unbroken_run(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    objective = tmp_path / "killer.py"
    objective.write_text(KILLER)
    options = [*options, "--objective", f"{objective}:score"]
    assert optimize(*options, "--out", tmp_path / "unbroken", "--quiet") == (0, "", "")
    (tmp_path / "calls").unlink()
    (tmp_path / "kill-at").write_text("5 18")  # in the initial pool, and in a later batch
    command = [sys.executable, "-m", "latentbo.optimize", "--quiet"]
    killed = subprocess.run(
        [*command, *map(str, options), "--out", str(tmp_path / "killed")], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "hits.csv").exists()
    again = subprocess.run([*command, "--resume", str(tmp_path / "killed")], check=False)
    assert again.returncode == -signal.SIGKILL
    code, stdout, stderr = optimize("--resume", tmp_path / "killed")
    assert (code, stderr) == (0, "")
    assert "2 interrupted and" in stdout
    assert ledger_of(tmp_path / "killed") == ledger_of(tmp_path / "unbroken")
    hits = [(tmp_path / name / "hits.csv").read_bytes() for name in ("killed", "unbroken")]
    assert hits[0] == hits[1]


def test_a_finished_run_is_only_reported_again(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert optimize(*options, "--out", out, "--budget", 9)[0] == 0
    before = {name: (out / name).read_bytes() for name in (*REPORTS, *STATE)}
    for name in REPORTS:
        (out / name).unlink()
    code, stdout, stderr = optimize("--resume", out)
    assert (code, stderr) == (0, "")
    assert "Best molecules" in stdout
    assert {name: (out / name).read_bytes() for name in (*REPORTS, *STATE)} == before


def test_ctrl_c_says_how_to_go_on(
    optimize: Optimize, options: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stopping.py").write_text(
        "import pathlib\n"
        "def f(smiles):\n"
        "    marker = pathlib.Path(__file__).with_name('marker')\n"
        "    if smiles and not marker.exists() and f.calls > 4:\n"
        "        marker.touch()\n"
        "        raise KeyboardInterrupt\n"
        "    f.calls += 1\n"
        "    return len(smiles)\n"
        "f.calls = 0\n"
    )
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "with space"
    options = [*options, "--objective", "stopping.py:f", "--out", out, "--budget", 10]
    code, stdout, stderr = optimize(*options)
    assert (code, stderr) == (130, "interrupted\n")
    assert f"resume with: python -m latentbo.optimize --resume {shlex.quote(str(out))}" in stdout
    assert len([row for row in evaluations_of(out) if row.status is Status.OK]) == 5
    monkeypatch.chdir("/")
    code, stdout, stderr = optimize("--resume", out)
    assert (code, stderr) == (0, "")
    assert len([row for row in evaluations_of(out) if row.status is Status.OK]) == 10


def test_objectives_of_a_file_and_of_a_module(
    optimize: Optimize, options: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "mypackage_for_latentbo"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "scores.py").write_text("def size(smiles):\n    return -len(smiles)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    options = [*options, "--budget", 8]
    for name, spec in (
        ("file", "mypackage_for_latentbo/scores.py:size"),
        ("module", "mypackage_for_latentbo.scores:size"),
    ):
        assert optimize(*options, "--objective", spec, "--out", name)[0] == 0
        assert all(row.value == -len(row.string) for row in evaluations_of(tmp_path / name))
    assert ledger_of(tmp_path / "file") == ledger_of(tmp_path / "module")


def test_an_objective_that_fails_on_all_probes(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text(
        "def f(smiles):\n    raise OSError('licence server\\nis away')\n"
    )
    objective = f"{tmp_path / 'broken.py'}:f"
    code, stdout, stderr = optimize(*options, "--objective", objective, "--out", tmp_path / "out")
    assert code == 2
    assert stderr.count("\n") == 1
    assert "failed on all 3 probe molecules" in stderr
    assert "OSError: licence server is away (broken.py, line 2)" in stderr
    assert "--resume" not in stdout
    assert len([r for r in evaluations_of(tmp_path / "out") if r.status is Status.FAILED]) == 3


def test_a_filter_that_nothing_passes_ends_early_and_says_so(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    narrow = ["--min-heavy-atoms", 13, "--max-heavy-atoms", 13, "--min-rings", 1]
    code, stdout, stderr = optimize(*options, *narrow, "--out", tmp_path / "out")
    assert (code, stderr) == (0, "")
    assert "stopped early" in stdout
    assert "--resume" not in stdout
    assert 1 <= len(evaluations_of(tmp_path / "out")) < 24
    assert all((tmp_path / "out" / name).exists() for name in REPORTS)


def test_quiet_prints_nothing(optimize: Optimize, options: list[Any], tmp_path: Path) -> None:
    assert optimize(*options, "--budget", 8, "--out", tmp_path / "out", "--quiet") == (0, "", "")
    assert optimize("--resume", tmp_path / "out", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--initial", 5], 5),
        (["--initial", 50], 6),  # not more than the budget
        (["--num-initial", 4], 4),
        ([], 1),  # a fifth of the budget
    ],
)
def test_initial_molecules_of_the_default_pool(
    optimize: Optimize,
    tiny_model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    molecules: list[str],
    given: list[Any],
    expected: int,
) -> None:
    # Reading RDKit's five thousand takes seconds.
    task = replace(TASKS["molecules"], pool=lambda: molecules)
    monkeypatch.setitem(TASKS, "molecules", task)
    out = tmp_path / "out"
    code, _, stderr = optimize(
        "molecules",
        "--model",
        tiny_model_folder,
        "--budget",
        6,
        "--out",
        out,
        *given,
        *("--min-rings", "none", "--threads", 1),
    )
    assert (code, stderr) == (0, "")
    rows = evaluations_of(out)
    assert sum(row.origin == "initial" for row in rows) == expected


def test_initial_molecules_of_a_file(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    code, _, _ = optimize(*options, "--num-initial", 7, "--budget", 7, "--out", tmp_path / "out")
    assert code == 0
    assert [row.origin for row in evaluations_of(tmp_path / "out")] == ["initial"] * 7


def test_without_out_the_folder_is_named_after_task_and_time(
    optimize: Optimize, options: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert optimize(*options, "--budget", 5, "--num-initial", 5)[0] == 0
    (directory,) = (tmp_path / "runs").iterdir()
    assert directory.name.startswith("molecules-2")
    assert all((directory / name).exists() for name in (*REPORTS, *STATE))


def test_help_explains_every_option(optimize: Optimize) -> None:
    code, stdout, stderr = optimize("--help-all")
    assert (code, stderr) == (0, "")
    for action in build_parser()._actions:
        assert action.help
        assert all(option in stdout for option in action.option_strings)
    assert "examples:" in stdout
    assert "hits.csv" in stdout


@pytest.mark.slow("latentbo/optimizer", "latentbo/pretrained/molecules")
@pytest.mark.skipif(
    not default_model_folder("molecules").is_dir(), reason="the package ships no model yet"
)
def test_the_shipped_model_finds_molecules(optimize: Optimize, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = optimize("molecules", "--budget", 40, "--initial", 20, "--out", out)
    assert (code, stderr) == (0, "")
    rows = evaluations_of(out)
    assert len(rows) == 40
    assert all(row.status is Status.OK for row in rows)
    found = [row for row in rows if row.origin != "initial"]
    assert len(found) == 20
    # Twenty calls need not find the best, but are spent on better molecules than the pool's.
    means = [fmean(row.value or 0.0 for row in part) for part in (found, rows[:20])]
    assert means[0] > means[1]
    for row in rows:
        assert MakeableRules().violation(row.string) is None
        molecule = Chem.MolFromSmiles(row.string)
        assert molecule.GetNumHeavyAtoms() <= 38
        assert molecule.GetRingInfo().NumRings() >= 1
    assert "improvement" in stdout


def test_sources_and_share_of_the_pool_decide_where_proposals_come_from(
    optimize: Optimize, tmp_path: Path
) -> None:
    given = ["molecules", "--budget", 50, "--initial", 20, "--objective", "qed", "--quiet"]
    none = ["--pool-share", 0]
    codes = ["--preset", "latent", "--surrogate", "fragments"]
    for name, options, expected in (
        ("infill", ["--sources", "infill", *none], {"infill", "splice"}),
        ("graph", ["--sources", "graph", *none], {"graph-crossover", "graph-mutation"}),
        ("latent", ["--preset", "latent"], {"latent", "infill", "splice"}),
        ("parts", ["--preset", "latent", "--sources", "infill"], {"infill", "splice"}),
        ("codes", [*codes, *none], {"trust-region", "prior"}),
    ):
        out = tmp_path / name
        code, _, error = optimize(*given, *options, "--out", out)
        assert code == 0, error
        origins = {row.origin for row in evaluations_of(out) if row.batch > 0}
        assert origins
        assert origins <= expected
