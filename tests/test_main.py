"""`latentbo COMMAND`, `latentbo status` and `latentbo info`."""

import json
import os
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path

import pytest

from latentbo import __version__
from latentbo.__main__ import COMMANDS, main
from latentbo.ledger import Evaluation, Ledger
from latentbo.status import status_of


def test_help_names_all_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert "130 by Ctrl-C" in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"latentbo {__version__}\n"


@pytest.mark.parametrize(
    ("word", "remedy"),
    [("optimise", "did you mean optimize?"), ("xyzzy", "choose one of optimize")],
)
def test_an_unknown_command_is_one_line(
    word: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert remedy in error


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_the_module_is_the_command_and_loads_little() -> None:
    code = "import sys; from latentbo.__main__ import main; main(['--help']); print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"torch", "numpy", "rdkit", "argparse"}.isdisjoint(shown.stdout.split())


@pytest.mark.parametrize("name", ["optimize", "train"])
def test_a_long_help_has_a_short_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = import_module(f"latentbo.{name}").build_parser()
    shown = parser.format_short_help()
    assert len(shown.splitlines()) <= 40
    assert max(map(len, shown.splitlines())) <= 100
    assert "--help-all" in shown
    known = parser._option_string_actions
    assert {each.split()[0] for each in parser.short} - {"TASK"} <= set(known)
    for option in ("--help", "--help-all"):
        with pytest.raises(SystemExit) as ended:
            main([name, option])
        assert ended.value.code == 0
    output = capsys.readouterr().out
    assert output == f"{shown}\n{parser.format_help()}"
    assert all(option in parser.format_help() for option in known)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("", "required: name, task"),
        ("kusner expressions", "invalid choice: 'kusner'"),
        ("--data x held-out expressions", "give the protocol first"),
        ("held-out expressions --protocol=kusner2017", "the protocol is held-out already"),
    ],
)
def test_a_wrong_protocol_is_one_line(
    words: str, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["protocol", *words.split()])
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert error in shown


def test_a_protocol_is_a_search_under_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("latentbo.optimize.protocol_command.optimize", seen.extend)
    main(["protocol", "held-out", "expressions", "--budget", "5"])
    assert seen == ["expressions", "--budget", "5", "--protocol", "held-out"]


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        ("20 --out runs/lab", "molecules --out runs/lab --suggest 20"),
        ("20 --resume runs/lab", "--resume runs/lab --suggest 20"),
        ("5 expressions --seed 1", "expressions --seed 1 --suggest 5"),
    ],
)
def test_suggest_is_an_ask_tell_run(
    words: str, passed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def optimize(given: list[str]) -> int:
        seen.extend(given)
        return 0

    monkeypatch.setattr("latentbo.optimize.main", optimize)
    assert main(["suggest", *words.split()]) == 0
    assert seen == passed.split()


def test_info_names_versions_and_folders(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LATENTBO_DATA_DIR", str(tmp_path))
    assert main(["info"]) == 0
    shown = capsys.readouterr().out
    assert str(tmp_path) in shown
    assert all(name in shown for name in ("torch", "rdkit", "CPU cores", "molecules"))


@pytest.fixture
def finished_run(tmp_path: Path, tiny_model_folder: Path, pool_file: Path) -> Path:
    """A run of six calls, one of them failed."""
    objective = tmp_path / "score.py"
    objective.write_text(
        "calls = 0\n"
        "def score(smiles):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    if calls == 5:\n"
        "        raise ValueError('no pose')\n"
        "    return len(smiles)\n"
    )
    out = tmp_path / "run"
    given = ["molecules", "--preset", "random", "--budget", "6", "--min-rings", "none"]
    given += ["--objective", f"{objective}:score", "--initial", str(pool_file)]
    given += ["--model", str(tiny_model_folder), "--out", str(out), "--quiet", "--minimize"]
    assert main(["optimize", *given]) == 0
    return out


def test_status_of_a_run(finished_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["status", str(finished_run)]) == 0
    shown = capsys.readouterr().out
    assert "6 of 6 calls" in shown
    assert "failed: 1, the last at call 5" in shown
    assert "ValueError: no pose" in shown
    assert main(["status", str(finished_run), "--json", "--follow"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["best"]["value"] == min(
        len(row.string) for row in _evaluations(finished_run) if row.value is not None
    )
    assert (found["finished"], found["pending"], found["failed"]) == (6, 0, 1)


def _evaluations(run: Path) -> list[Evaluation]:
    with Ledger.open(run / "ledger.sqlite") as ledger:
        return ledger.evaluations()


def test_status_of_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in (("empty", None), ("list", "[]"), ("text", "{")):
        folder = tmp_path / name
        folder.mkdir()
        if content is not None:
            (folder / "config.json").write_text(content)
        assert main(["status", str(folder)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert str(folder) in error


def test_status_follows_a_run_that_goes(
    finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = finished_run / "config.json"
    settings = json.loads(config.read_text())
    started = config.stat().st_mtime

    def change(budget: int) -> None:
        config.write_text(json.dumps({**settings, "budget": budget}))
        os.utime(config, (started, started))

    def end() -> None:
        time.sleep(0.3)
        change(6)

    change(7)
    capsys.readouterr()

    ending = threading.Thread(target=end)
    ending.start()
    assert main(["status", str(finished_run), "--follow", "--every", "0.1", "--json"]) == 0
    ending.join()
    looks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(looks) > 1
    assert [looks[0]["budget"], looks[-1]["budget"]] == [7, 6]
    assert looks[0]["hours_left"] > 0
    assert status_of(finished_run)["hours_left"] == 0
