"""Workers, clusters and faulty oracles, through the command line."""

import csv
import html
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.ledger import RETRY, Evaluation, Ledger, Status

Optimize = Callable[..., tuple[int, str, str]]

# Of 100 molecules about ten raise, ten give NaN, two hang and one ends its process; told by the
# molecule, so that every attempt and every run fares alike. Each call leaves a line behind. With
# these digits before the molecule, one hangs and one ends its process among the first sixty.
FAULTY = """
import hashlib, os, time
from pathlib import Path

def score(smiles):
    with open(Path(__file__).with_name("calls.txt"), "a") as file:
        file.write(smiles + "\\n")
    chance = int(hashlib.sha256(f"3145{smiles}".encode()).hexdigest(), 16) % 100
    if chance < 10:
        raise RuntimeError("no pose")
    if chance < 20:
        return float("nan")
    if chance < 22:
        time.sleep(600)
    if chance < 23:
        os._exit(1)
    return smiles.upper().count("C") + chance / 100

def raise_or_score(smiles):
    if "O" in smiles:
        raise RuntimeError("no pose")
    return len(smiles)
"""
HANGS = "no answer within 0.5 s: the call was ended"


def ledger_of(directory: Path) -> list[Any]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.comparable()


def evaluations_of(directory: Path) -> list[Evaluation]:
    return [row for row in ledger_of(directory) if isinstance(row, Evaluation)]


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    path = tmp_path / "faulty.py"
    path.write_text(FAULTY)
    return f"{path}:score"


def calls_of(tmp_path: Path) -> Counter[str]:
    return Counter((tmp_path / "calls.txt").read_text().split())


def test_a_faulty_oracle_is_counted_reported_and_paid_once(
    optimize: Optimize, faulty: str, tmp_path: Path
) -> None:
    # Sixty molecules, of which fourteen fail, and once more those.
    out, budget = tmp_path / "out", 74
    given = ["molecules", "--preset", "random", "--objective", faulty, "--budget", budget]
    given += ["--num-initial", 60, "--batch-size", 60, "--chemistry", "none"]
    given += ["--workers", 2, "--time-limit", 0.5, "--retries", 1]
    code, _, stderr = optimize(*given, "--out", out, "--target", 21, "--quiet")
    assert (code, stderr) == (0, "")
    assert len(evaluations_of(out)) < budget  # the target came first
    code, stdout, stderr = optimize("--resume", out, "--target", 1000)
    assert (code, stderr) == (0, "")

    rows = evaluations_of(out)
    assert len(rows) == budget
    assert f"{budget} calls" in stdout
    tried = Counter(row.string for row in rows)
    assert calls_of(tmp_path) == tried  # every row was one call, and every call is a row
    assert [n for row in rows if row.status is Status.OK and (n := tried[row.string]) != 1] == []
    failed = [row for row in rows if row.status is Status.FAILED]
    assert all(row.value is None for row in failed)
    messages = Counter(row.message for row in failed)
    assert messages[HANGS] == messages["the worker ended with exit status 1"] == 2
    assert sum(n for text, n in messages.items() if text.startswith("RuntimeError: no pose")) == 12
    assert sum(n for text, n in messages.items() if "returned nan" in text) == 12
    assert sum(row.origin == RETRY for row in rows) == sum(n - 1 for n in tried.values()) > 0

    page = html.unescape((out / "report.html").read_text(encoding="utf-8"))
    assert HANGS in page
    assert f"{len(failed)} failed" in page
    table = list(csv.DictReader((out / "hits.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["message"] for row in table} >= {HANGS, "the worker ended with exit status 1"}

    assert optimize("--resume", out, "--quiet")[0] == 0
    assert sum(calls_of(tmp_path).values()) == budget


def test_one_process_a_pool_and_a_cluster_give_the_same_ledger(
    optimize: Optimize, options: list[Any], faulty: str, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    given = [*options, "--objective", faulty.replace("score", "raise_or_score"), "--quiet"]
    assert optimize(*given, "--out", tmp_path / "one")[0] == 0
    assert optimize(*given, "--workers", 2, "--out", tmp_path / "pool")[0] == 0
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        address = cluster.scheduler_address
        assert optimize(*given, "--scheduler", address, "--out", tmp_path / "cluster")[0] == 0
    one = ledger_of(tmp_path / "one")
    assert ledger_of(tmp_path / "pool") == one
    assert ledger_of(tmp_path / "cluster") == one
    statuses = {row.status for row in evaluations_of(tmp_path / "one")}
    assert statuses == {Status.OK, Status.FAILED}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (["--workers", 2, "--scheduler", "tcp://a:1"], "leave out --workers"),
        (["--target", "nan"], "target must be a number"),
        (["--workers", 0], "must be at least 1"),
        (["--max-hours", 0], "must be positive and finite"),
        (["--protocol", "held-out", "--asynchronous"], "--asynchronous means nothing to"),
    ],
)
def test_wrong_options_are_told(
    optimize: Optimize, tmp_path: Path, given: list[Any], reason: str
) -> None:
    out = tmp_path / "out"
    task = "expressions" if "--protocol" in given else "molecules"
    code, _, stderr = optimize(task, *given, "--out", out)
    assert code == 2
    assert reason in stderr
    assert not out.exists()


def test_a_run_out_of_time_is_gone_on_with(
    optimize: Optimize, options: list[Any], tmp_path: Path
) -> None:
    code, stdout, _ = optimize(*options, "--out", tmp_path / "out", "--max-hours", "1e-9")
    assert code == 0
    assert "its hours are over; resume with: python -m latentbo.optimize --resume" in stdout
    assert len(evaluations_of(tmp_path / "out")) == 0
    assert optimize("--resume", tmp_path / "out", "--max-hours", 1, "--quiet")[0] == 0
    assert optimize(*options, "--out", tmp_path / "whole", "--quiet")[0] == 0
    assert ledger_of(tmp_path / "out") == ledger_of(tmp_path / "whole")


def test_a_cluster_without_dask_is_refused_before_a_run_begins(
    optimize: Optimize, options: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    out = tmp_path / "out"
    code, _, stderr = optimize(*options, "--scheduler", "tcp://127.0.0.1:1", "--out", out)
    assert code == 2
    assert "pip install 'latentbo[dask]'" in stderr
    assert not out.exists()
