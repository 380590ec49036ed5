import random
import re
import time
from collections.abc import Iterator

import pytest

from latentbo.display import OptimizationDisplay
from latentbo.ledger import Evaluation, Status
from latentbo.report import top_mean


def evaluations(*values: float | None) -> list[Evaluation]:
    return [
        Evaluation(i, 0, "C" * i, "x", {}, Status.FAILED if v is None else Status.OK, v)
        for i, v in enumerate(values, start=1)
    ]


def shown(display: OptimizationDisplay, rows: list[Evaluation]) -> Iterator[None]:
    with display:
        for calls in range(1, len(rows) + 1):
            display.show(rows[:calls])
    yield


def test_a_line_says_calls_best_mean_failures_and_speed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    display = OptimizationDisplay(4)
    rows = evaluations(None, 1.0, 3.0, 2.0)
    lines = [line for calls in range(1, 4) for line in [_line(display, rows[:calls])]]
    display.show(rows)
    lines += capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0] == "calls 1/4  1 failed"
    assert lines[1].startswith("calls 2/4  best 1  top-10 mean 1  1 failed")
    assert re.fullmatch(r"calls 4/4  best 3  top-10 mean 2  1 failed  \d+\.\d\d s/call", lines[3])


def _line(display: OptimizationDisplay, rows: list[Evaluation]) -> str:
    display.show(rows)
    return display.line


def test_a_log_file_gets_the_last_line_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    list(shown(OptimizationDisplay(207), evaluations(*[1.0] * 207)))
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("calls 207/207")


def test_a_log_file_gets_a_line_at_intervals_though_no_call_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    display = OptimizationDisplay(9, interval=0.02)
    with display:
        time.sleep(0.1)
        display.show(evaluations(1.0, 2.0))
        time.sleep(0.1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "loading the model"
    assert lines[-1].startswith("calls 2/9  best 2")
    assert 2 <= len(lines) <= 12
    usual = OptimizationDisplay(9).ticker
    assert usual is not None
    assert usual._interval == 30


def test_verbose_prints_every_call_once(capsys: pytest.CaptureFixture[str]) -> None:
    display = OptimizationDisplay(9, is_minimized=True, verbose=True)
    rows = [*evaluations(1.0, None, 2.5)]
    display.show(rows[:2])  # resumed: the first was made before
    display.show(rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["call 2: failed,   CC", "call 3: -2.5  CCC"]


def test_best_and_mean_are_those_of_all_values(capsys: pytest.CaptureFixture[str]) -> None:
    values = [random.Random(i).gauss(0, 5) if i % 7 else None for i in range(200)]
    display, rows = OptimizationDisplay(200, is_minimized=True), evaluations(*values)
    lines = [_line(display, rows[:calls]) for calls in range(1, 201)]
    lines = [line for line in lines if "best" in line]
    assert len(lines) > 8
    for line in lines:
        calls = int(re.findall(r"calls (\d+)", line)[0])
        best, mean = -top_mean(values[:calls], 1)[-1], -top_mean(values[:calls], 10)[-1]
        assert f"best {best:.4g}  top-10 mean {mean:.4g}  " in line


def test_quiet_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    display = OptimizationDisplay(2, quiet=True)
    list(shown(display, evaluations(1.0, 2.0)))
    display.say("text")
    display.print("text")
    assert capsys.readouterr() == ("", "")


def test_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = "wrote [bold]c1cc[nH]c1[/bold] " + "x" * 200
    OptimizationDisplay(1).say(text)
    assert capsys.readouterr().out == text + "\n"


def test_the_bar_ends_with_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    display = OptimizationDisplay(3)
    display.__enter__()
    display.show(evaluations(1.0))
    display.__exit__(RuntimeError, RuntimeError("disk"), None)  # returns None: nothing swallowed
    assert display.bar.finished is False
    assert display.line.startswith("calls 1/3")


def test_a_terminal_gets_one_live_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    list(shown(OptimizationDisplay(2), evaluations(1.0, 2.0)))
    output = capsys.readouterr().out
    assert "calls 2/2" in output
    assert "best 2" in output
