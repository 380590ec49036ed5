import random
import re
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
    list(shown(OptimizationDisplay(4), evaluations(None, 1.0, 3.0, 2.0)))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0] == "calls 1/4  1 failed"
    assert lines[1].startswith("calls 2/4  best 1  top-10 mean 1  1 failed")
    assert re.fullmatch(r"calls 4/4  best 3  top-10 mean 2  1 failed  \d+\.\d\d s/call", lines[3])


def test_a_log_file_gets_some_twenty_lines_and_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    list(shown(OptimizationDisplay(207), evaluations(*[1.0] * 207)))
    lines = capsys.readouterr().out.splitlines()
    assert 20 <= len(lines) <= 22
    assert lines[-1].startswith("calls 207/207")


def test_best_and_mean_are_those_of_all_values(capsys: pytest.CaptureFixture[str]) -> None:
    values = [random.Random(i).gauss(0, 5) if i % 7 else None for i in range(200)]
    list(shown(OptimizationDisplay(200, is_minimized=True), evaluations(*values)))
    lines = [line for line in capsys.readouterr().out.splitlines() if "best" in line]
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
    assert "calls 1/3" in capsys.readouterr().out


def test_a_terminal_gets_one_live_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    list(shown(OptimizationDisplay(2), evaluations(1.0, 2.0)))
    output = capsys.readouterr().out
    assert "calls 2/2" in output
    assert "best 2" in output
