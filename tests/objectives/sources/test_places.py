"""What a program that is started for each molecule is told, and what becomes of its files."""

import csv
import os
import shlex
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latentbo.execution import WorkerPool, call
from latentbo.ledger import Ledger
from latentbo.objectives import CallPlace, calling, files_of_calls, objective_from
from latentbo.optimize import main as optimize
from latentbo.report import write_report

Make = Callable[[str, CallPlace], object]
#: Leaves a pose where it is told to, none for methane, half a one for ethane, which fails.
DOCK = """
import os, sys
smiles = sys.stdin.readline().strip()
folder, call = os.environ.get("LATENTBO_CALL_DIR"), os.environ.get("LATENTBO_CALL")
if folder and smiles != "C":
    os.makedirs(os.path.join(folder, "more"), exist_ok=True)
    open(os.path.join(folder, "more", "pose;1.txt"), "w").write(smiles)
    with open(os.path.join(folder, "log.txt"), "a") as log:
        log.write(call + "\\n")
if smiles == "CC":
    sys.exit("no pose")
print(len(smiles))
"""


@pytest.fixture
def source(tmp_path: Path) -> str:
    program = tmp_path / "dock.py"
    program.write_text(DOCK)
    return f"program-once:{shlex.join([sys.executable, '-S', str(program)])}"


@pytest.fixture(params=["here", "worker"])
def make_call(request: pytest.FixtureRequest, source: str) -> Iterator[Make]:
    objective, pool = objective_from(source), WorkerPool(source, 1, 60.0)
    if request.param == "here":
        yield lambda string, place: call(objective, string, place).value
    else:
        yield lambda string, place: pool.submit(string, place).result(60).value
    pool.close()


def test_each_call_has_its_number_and_folder(make_call: Make, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    assert make_call("CCO", CallPlace(7, str(run))) == 3
    assert files_of_calls(run) == {7: ["calls/000007/log.txt", "calls/000007/more/pose;1.txt"]}
    assert (run / "calls/000007/log.txt").read_text() == "7\n"
    assert stat.S_IMODE((run / "calls/000007").stat().st_mode) == 0o700
    # An interrupted call is made again with the same number, and finds an empty folder.
    assert make_call("CCO", CallPlace(7, str(run))) == 3
    assert (run / "calls/000007/log.txt").read_text() == "7\n"
    # A failed call keeps its files, an empty folder goes.
    assert make_call("CC", CallPlace(8, str(run))) is None
    assert make_call("C", CallPlace(9, str(run))) == 1
    assert sorted(os.listdir(run / "calls")) == ["000007", "000008"]


def test_without_a_run_on_this_machine_only_the_number_is_told(source: str, tmp_path: Path) -> None:
    objective = objective_from(source)
    assert call(objective, "CCO", CallPlace(7, str(tmp_path / "elsewhere"))).value == 3
    assert call(objective, "CCO").value == 3
    assert not (tmp_path / "elsewhere").exists()


def test_links_are_no_files_of_a_call(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "run" / "calls" / "000001").mkdir(parents=True)
    (tmp_path / "run" / "calls" / "000001" / "link").symlink_to(tmp_path / "secret")
    assert files_of_calls(tmp_path / "run") == {}
    assert files_of_calls(tmp_path / "none") == {}


def test_a_folder_that_is_removed_is_only_the_call_s(tmp_path: Path) -> None:
    (tmp_path / "calls" / "000001").mkdir(parents=True)
    (tmp_path / "calls" / "000002").mkdir()
    (tmp_path / "calls" / "000002" / "kept").write_text("x")
    with calling(CallPlace(1, str(tmp_path))):
        assert not (tmp_path / "calls" / "000001").exists()
    assert (tmp_path / "calls" / "000002" / "kept").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_hits_list_the_files_of_each_call(
    source: str, tmp_path: Path, options: list[str], workers: int
) -> None:
    run = tmp_path / "run"
    given = [*map(str, options), "--objective", source, "--budget", "6", "--out", str(run)]
    assert optimize([*given, "--workers", str(workers), "--quiet"]) == 0
    with Ledger.open(run / "ledger.sqlite") as ledger:
        calls = {row.call: row.string for row in ledger.evaluations()}
    with (run / "hits.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(calls) == 6
    for row in rows:
        listed = row["files"].split("; ")
        assert listed[0] == f"calls/{int(row['call']):06d}/log.txt"
        assert (run / listed[0]).read_text() == f"{row['call']}\n"
    moved = run.rename(tmp_path / "moved")
    write_report(moved)
    assert "calls/" in (moved / "hits.csv").read_text()
