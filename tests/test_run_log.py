import re
import threading
from pathlib import Path
from typing import Any

import pytest

from latentbo.ledger import Evaluation, Status
from latentbo.run_log import RunLog

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ "


def evaluations(*values: float | None) -> list[Evaluation]:
    return [
        Evaluation(i, 0, "C" * i, "x", {}, Status.FAILED if v is None else Status.OK, v, "no\npose")
        for i, v in enumerate(values, start=1)
    ]


def texts(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(re.match(STAMP, line) for line in lines)
    return [re.sub(f"^{STAMP}", "", line) for line in lines]


def test_events_are_lines_with_their_time(tmp_path: Path) -> None:
    rows = evaluations(1.0, 0.5, None, 2.0)
    with RunLog(tmp_path / "log", 4) as log:
        for calls in range(1, 5):
            log.show(rows[:calls])
        log.write("stopped: all spent")
    assert texts(tmp_path / "log") == [
        "started; budget 4",
        "best 1 at call 1: C",
        "call 3 failed: no pose (CCC)",
        "best 2 at call 4: CCCC",
        "stopped: all spent",
    ]


def test_a_resumed_run_appends_and_repeats_nothing(tmp_path: Path) -> None:
    rows = evaluations(1.0, None, 0.5, 3.0)
    path = tmp_path / "log"
    path.write_text("2026-12-01T00:00:00Z before\n")

    def go_on() -> None:
        with RunLog(path, 9, rows[:3], is_minimized=True) as log:
            log.show(rows[:3])
            log.show(rows)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go_on()
    assert texts(path) == [
        "before",
        "resumed at call 3; budget 9",
        "best -3 at call 4: CCCC",
        "stopped by KeyboardInterrupt",
    ]


def test_a_line_at_intervals(tmp_path: Path) -> None:
    with RunLog(tmp_path / "log", 9, interval=0.01) as log:
        log.show(evaluations(1.0, None))
        threading.Event().wait(0.2)
    lines = texts(tmp_path / "log")
    assert lines[-1] == "calls 2/9; best 1; 1 failed"
    assert 3 < len(lines) < 25
    assert RunLog(None, 9)._ticker._interval == 30


@pytest.mark.parametrize("path", ["", "absent/log", "/dev/full"])
def test_a_file_that_cannot_be_written_is_told_once(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunLog(tmp_path / path, 2) as log:
        log.show(evaluations(1.0, 2.0))
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("warning: --log ")
    assert "the run goes on" in error


def test_a_disk_with_room_again_is_written_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunLog(tmp_path / "new" / "log", 2) as log:
        (tmp_path / "new").mkdir()
        log.show(evaluations(1.0))
    assert texts(tmp_path / "new" / "log") == ["best 1 at call 1: C"]
    assert capsys.readouterr().err.count("\n") == 1


def test_a_run_keeps_its_log(optimize: Any, options: list[Any], tmp_path: Path) -> None:
    log, out = tmp_path / "run.log", tmp_path / "out"
    given = [*options, "--objective", "qed", "--out", out, "--target", -1, "--log", log, "-v"]
    code, stdout, _ = optimize(*given)
    assert code == 0
    assert re.search(r"^call 1: 0\.\d+  \S+$", stdout, re.M)
    lines = texts(log)
    assert lines[0] == "started; budget 24"
    assert lines[1].startswith("best 0.")
    assert lines[-1] == "stopped: the target was reached"
    assert optimize("--resume", out, "--target", 2, "--log", log, "--quiet")[:2] == (0, "")
    later = texts(log)
    assert later[: len(lines)] == lines
    assert later[len(lines)].startswith("resumed at call ")
    assert later[-1].startswith("stopped: the budget is spent")


def test_a_log_that_cannot_be_written_stops_no_run(
    optimize: Any, options: list[Any], tmp_path: Path
) -> None:
    code, _, stderr = optimize(*options, "--out", tmp_path / "out", "--log", tmp_path)
    assert (code, stderr.count("\n")) == (0, 1)
    assert "Is a directory" in stderr


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (["--quiet", "--verbose"], "contradict"),
        (["--suggest", "5", "--log", "x"], "--log means nothing to --suggest"),
        (["--suggest", "5", "-v"], "-v means nothing to --suggest"),
    ],
)
def test_wrong_options_are_one_line(given: list[str], error: str, optimize: Any) -> None:
    code, _, stderr = optimize("molecules", *given)
    assert (code, stderr.count("\n")) == (2, 1)
    assert error in stderr
