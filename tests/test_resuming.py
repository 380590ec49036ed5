"""A run is set up whole or not at all, and gone on with as it was begun."""

import json
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from latentbo.errors import ConfigurationError
from latentbo.ledger import Ledger
from latentbo.run import setting_up
from latentbo.run.setting_up import new_folder

Optimize = Callable[..., tuple[int, str, str]]
SCORE = "def n(smiles):\n    return smiles.count('N') + 0.1 * len(smiles)\n"


@pytest.fixture
def stopped(optimize: Optimize, options: list[Any], tmp_path: Path) -> Path:
    """A run in a folder beside its objective, stopped before its first call."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "score.py").write_text(SCORE)
    given = [*options, "--preset", "random", "--objective", home / "score.py:n", "--quiet"]
    assert optimize(*given, "--out", home / "run", "--max-hours", 1e-9)[0] == 0
    return home / "run"


def num_calls(directory: Path) -> int:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.num_calls


def test_a_run_and_its_objective_may_move_together(
    optimize: Optimize, stopped: Path, tmp_path: Path
) -> None:
    moved = stopped.parent.rename(tmp_path / "moved") / "run"
    assert optimize("--resume", moved, "--max-hours", 1, "--quiet")[0::2] == (0, "")
    assert num_calls(moved) == 24


def test_the_objective_may_be_named_at_its_new_place(
    optimize: Optimize, stopped: Path, tmp_path: Path
) -> None:
    place = (stopped.parent / "score.py").rename(tmp_path / "elsewhere.py")
    code, _, stderr = optimize("--resume", stopped, "--max-hours", 1, "--quiet")
    assert code == 2
    assert "there is no file" in stderr
    other = optimize("--resume", stopped, "--objective", f"{place}:m", "--quiet")
    assert other[0] == 2
    assert "is not the one this run was started with" in other[2]
    given = ["--resume", stopped, "--objective", f"{place}:n", "--max-hours", 1, "--quiet"]
    assert optimize(*given)[0::2] == (0, "")
    assert num_calls(stopped) == 24


@pytest.mark.parametrize("name", ["score.py", "run/pool.smi"])
def test_what_has_changed_is_refused_unless_it_is_accepted(
    optimize: Optimize, stopped: Path, name: str
) -> None:
    path = stopped.parent / name
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1] + (" + 1" if name == "score.py" else "C")]))
    code, _, stderr = optimize("--resume", stopped, "--max-hours", 1, "--quiet")
    assert code == 2
    assert Path(name).name in stderr
    assert "is not the one this run was started with (sha256 " in stderr
    assert "--accept-changes" in stderr
    assert num_calls(stopped) == 0
    given = ["--resume", stopped, "--max-hours", 1, "--quiet"]
    assert optimize(*given, "--accept-changes")[0] == 0
    assert num_calls(stopped) == 24
    changes = json.loads((stopped / "config.json").read_text())["accepted_changes"]
    assert [Path(each["what"].split(":")[0]).name for each in changes] == [Path(name).name]
    assert optimize(*given)[0::2] == (0, "")  # accepted once and for all


def test_a_changed_model_is_refused_unless_it_is_accepted(
    optimize: Optimize, stopped: Path, tiny_model_folder: Path, tmp_path: Path
) -> None:
    path = stopped / "config.json"
    settings = json.loads(path.read_text())
    model = shutil.copytree(tiny_model_folder, tmp_path / "model")
    weights = load_file(model / "model.safetensors")
    name = next(name for name in sorted(weights) if weights[name].is_floating_point())
    weights[name] = weights[name] + 0.01
    save_file(weights, model / "model.safetensors")
    path.write_text(json.dumps({**settings, "model": str(model)}))
    given = ["--resume", stopped, "--max-hours", 1, "--quiet"]
    code, _, stderr = optimize(*given)
    assert code == 2
    assert f"the model in {model} is not the one this run was started with (sha256 " in stderr
    assert "--accept-changes" in stderr
    assert num_calls(stopped) == 0
    assert optimize(*given, "--accept-changes")[0::2] == (0, "")
    assert num_calls(stopped) == 24
    (change,) = json.loads(path.read_text())["accepted_changes"]
    assert change["what"] == f"the model in {model}"
    assert change["before"] == settings["model_sha256"] != change["now"]
    assert optimize(*given)[0::2] == (0, "")  # accepted once and for all
    (model / "model.safetensors").write_bytes(b"no weights")
    code, _, stderr = optimize(*given, "--accept-changes")
    assert code == 2
    assert json.loads(path.read_text())["accepted_changes"] == [change]


def test_other_versions_are_told(optimize: Optimize, stopped: Path) -> None:
    path = stopped / "config.json"
    settings = json.loads(path.read_text())
    settings["versions"]["rdkit"] = "2021.3.1"
    path.write_text(json.dumps(settings))
    code, _, stderr = optimize("--resume", stopped, "--max-hours", 1e-9, "--quiet")
    assert code == 0
    assert stderr.startswith("note: the run was started with rdkit 2021.3.1, this is ")


def test_a_new_folder_is_private_and_appears_at_the_end(tmp_path: Path) -> None:
    with new_folder(tmp_path / "run") as part:
        (part / "config.json").write_text("{}")
        assert not (tmp_path / "run").exists()
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    with (
        pytest.raises(ConfigurationError, match="exists: give another"),
        new_folder(tmp_path / "run") as part,
    ):
        (part / "config.json").write_text("[]")
    assert (tmp_path / "run" / "config.json").read_text() == "{}"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with new_folder(tmp_path / "run") as part:
            (part / "pool.smi").write_text("C")
            raise OSError(28, "the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert list(tmp_path.iterdir()) == []


def _be_killed(directory: Path, started: Any) -> None:
    with new_folder(directory) as part:
        (part / "pool.smi").write_text("C")
        started.set()
        time.sleep(600)


def test_the_next_start_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    runs = []
    for name in ("killed", "alive"):
        started = context.Event()
        runs.append(context.Process(target=_be_killed, args=(tmp_path / name, started)))
        runs[-1].start()
        assert started.wait(60)
    runs[0].kill()
    runs[0].join()
    (tmp_path / ".mine-12345678").mkdir()
    names = {path.name.split("-")[0] for path in tmp_path.iterdir()}
    assert names == {".killed", ".alive", ".mine"}
    with new_folder(tmp_path / "run"):
        pass
    names = {path.name.split("-")[0] for path in tmp_path.iterdir()}
    assert names == {"run", ".alive", ".mine"}
    runs[1].kill()
    runs[1].join()


def test_folders_of_other_machines_and_users_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = 2**40  # no process has this number
    here, other = setting_up._machine(), "00000000"
    for machine in (here, other):
        (tmp_path / f".run-{machine}-{gone}-abcd1234.latentbo").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "getuid", lambda: -1)
        setting_up._remove_stale(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    setting_up._remove_stale(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f".run-{other}-{gone}-abcd1234.latentbo"]
    setting_up._remove_stale(tmp_path / "nowhere")


def test_the_current_folder_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with new_folder(tmp_path) as part:
        (part / "config.json").write_text("{}")
    assert os.listdir() == ["config.json"]


def _set_up(number: int, directory: Path, barrier: Any, results: Any) -> None:
    try:
        with new_folder(directory) as part:
            for name in ("pool.smi", "config.json"):
                (part / name).write_text(str(number))
            barrier.wait()
        results.put(number)
    except ConfigurationError:
        results.put(None)


def test_of_several_starts_in_one_folder_one_wins_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        directory, barrier, results = tmp_path / str(attempt), context.Barrier(3), context.Queue()
        runs = [
            context.Process(target=_set_up, args=(number, directory, barrier, results))
            for number in range(3)
        ]
        for run in runs:
            run.start()
        winners = [number for _ in runs if (number := results.get(timeout=60)) is not None]
        for run in runs:
            run.join()
        assert len(winners) == 1
        texts = {path.name: path.read_text() for path in directory.iterdir()}
        assert texts == dict.fromkeys(("pool.smi", "config.json"), str(winners[0]))
        shutil.rmtree(directory)


def test_default_names_of_one_second_differ(
    optimize: Optimize, options: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for seed in range(3):
        given = [*options, "--seed", seed, "--max-hours", 1e-9, "--quiet"]
        assert optimize(*given)[0::2] == (0, "")
    folders = list((tmp_path / "runs").iterdir())
    seeds = [json.loads((path / "config.json").read_text())["seed"] for path in folders]
    assert sorted(seeds) == [0, 1, 2]
    assert optimize(*options, "--objective", "none.py:f", "--quiet")[0] == 2
    assert len(list((tmp_path / "runs").iterdir())) == 3


def test_a_budget_grows(optimize: Optimize, options: list[Any], tmp_path: Path) -> None:
    given = [*options, "--preset", "ga", "--objective", "qed", "--num-initial", 6, "--quiet"]
    given += ["--batch-size", 6, "--seed", 2]
    assert optimize(*given, "--budget", 12, "--out", tmp_path / "grown")[0] == 0
    assert optimize("--resume", tmp_path / "grown", "--budget", 24, "--quiet")[0] == 0
    assert optimize(*given, "--budget", 24, "--out", tmp_path / "whole")[0] == 0
    found = []
    for name in ("grown", "whole"):
        with Ledger.open(tmp_path / name / "ledger.sqlite") as ledger:
            found.append(ledger.comparable())
    assert found[0] == found[1]
    settings = json.loads((tmp_path / "grown" / "config.json").read_text())
    assert (settings["budget"], settings["former_budgets"]) == (24, [12])


def test_a_budget_does_not_shrink(optimize: Optimize, stopped: Path) -> None:
    before = (stopped / "config.json").read_text()
    code, _, stderr = optimize("--resume", stopped, "--budget", 5, "--quiet")
    assert code == 2
    assert "--budget 5 is smaller than that of the run in" in stderr
    assert (stopped / "config.json").read_text() == before
