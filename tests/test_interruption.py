"""A signal stops a run at once, whatever it waits for, and what it started ends with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from latentbo.interruption import Interrupted, raise_if_interrupted, stopped_by_signals

# A loaded machine takes its time; the objectives sleep for ten minutes.
PATIENCE = 120

# Both tell the process that makes the call, and a child of it.
FUNCTION = """
import os, subprocess, time
from pathlib import Path

def hang(smiles):
    child = subprocess.Popen(["sleep", "600"])
    Path(__file__).with_name("pids").write_text(f"{os.getpid()} {child.pid} .")
    time.sleep(600)
"""
PROGRAM = """#!/bin/sh
read -r smiles
sleep 600 &
echo "$$ $! ." > "$(dirname "$0")/pids"
sleep 600
"""

Start = Callable[..., tuple[subprocess.Popen[str], list[int]]]


@pytest.fixture(autouse=True)
def signals_arrive() -> Iterator[None]:
    """Undo what a shell's background jobs and nohup inherit: ignored signals."""
    usual: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def _send(number: int) -> None:
    """Send this process a signal, and wait until it acts."""
    os.kill(os.getpid(), number)
    time.sleep(PATIENCE)


def test_each_signal_is_an_interruption_with_its_exit_code() -> None:
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        before = signal.getsignal(number)
        with pytest.raises(Interrupted) as caught, stopped_by_signals():
            _send(number)
        assert caught.value.exit_code == code
        assert signal.getsignal(number) is before


def test_a_swallowed_interruption_comes_back() -> None:
    with stopped_by_signals():
        with suppress(BaseException):  # as a function with a bare `except` would do
            _send(signal.SIGTERM)
        with pytest.raises(Interrupted, match="SIGTERM"):
            raise_if_interrupted()
        raise_if_interrupted()  # once only


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopped_by_signals():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture
def start(options: list[Any], tmp_path: Path) -> Iterator[Start]:
    """Start a run whose first call hangs; the run, the process that makes the call, its child."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, *more: Any) -> tuple[subprocess.Popen[str], list[int]]:
        path = tmp_path / name
        path.write_text(FUNCTION if path.suffix == ".py" else PROGRAM)
        path.chmod(0o755)
        objective = f"{path}:hang" if path.suffix == ".py" else path
        given = [*options, "--preset", "random", "--objective", objective, *more]
        command = [sys.executable, "-m", "latentbo.optimize", *given, "--out", tmp_path / "out"]
        run = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(run)
        deadline = time.monotonic() + PATIENCE
        pids = tmp_path / "pids"
        while not (pids.is_file() and pids.read_text().endswith(".\n" if not path.suffix else ".")):
            assert run.poll() is None, run.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return run, [int(word) for word in pids.read_text().split()[:2]]

    yield start
    for run in started:
        run.kill()
        run.communicate()


def is_running(pid: int) -> bool:
    """Whether a process is there, and not only its exit status."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def ended(pids: list[int]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_running, pids))


@pytest.mark.slow("latentbo/interruption.py", "latentbo/execution")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize(
    ("name", "more", "number"),
    [
        ("slow.py", ["--workers", 2], signal.SIGINT),
        ("slow.py", ["--workers", 2], signal.SIGKILL),
        ("program", [], signal.SIGTERM),
        ("program", [], signal.SIGKILL),
        ("program", ["--workers", 2], signal.SIGHUP),
        ("program", ["--workers", 2], signal.SIGKILL),
    ],
)
def test_a_signal_ends_a_run_and_all_it_started(
    start: Start, tmp_path: Path, name: str, more: list[Any], number: signal.Signals
) -> None:
    run, pids = start(name, *more)
    run.send_signal(number)
    stdout, stderr = run.communicate(timeout=PATIENCE)
    assert ended(pids)
    if number == signal.SIGKILL:
        return
    assert (run.returncode, stderr) == (128 + number, f"interrupted ({number.name})\n")
    assert "resume with: python -m latentbo.optimize --resume" in stdout
    assert (tmp_path / "out" / "report.html").is_file()
