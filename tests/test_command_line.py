import argparse
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from latentbo.command_line import (
    Parser,
    at_least,
    check_device,
    device_option,
    fraction,
    run_command,
)
from latentbo.errors import ConfigurationError, DataError, TrainingError


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (at_least(1), "1", 1),
        (at_least(0, float), "0", 0.0),
        (at_least(0, float, exclusive=True), "1e-9", 1e-9),
        (fraction, "1", 1.0),
        (fraction, "0", 0.0),
    ],
)
def test_numbers_within_their_limits(
    parse: Callable[[str], object], text: str, value: float
) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (at_least(1), "0", "must be at least 1, not 0"),
        (at_least(1), "1.5", "'1.5' is no whole number"),
        (at_least(1), "many", "'many' is no whole number"),
        (at_least(0, float), "-0.1", r"must be at least 0, not -0\.1"),
        (at_least(0, float), "x", "'x' is no number"),
        (at_least(0, float, exclusive=True), "0", "must be above 0, not 0"),
        (at_least(0, float), "nan", "not nan"),
        (at_least(0, float), "inf", "at least 0 and finite, not inf"),
        (fraction, "1.01", r"at most 1, not 1\.01"),
        (fraction, "nan", "not nan"),
    ],
)
def test_numbers_outside_are_named(parse: Callable[[str], object], text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=message):
        parse(text)


def test_device_that_is_there() -> None:
    assert check_device("cpu") == "cpu"
    assert check_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert device_option("cpu") == "cpu"


@pytest.mark.parametrize("text", ["tpu", "meta", "cpu:1", "cuda:", "cuda:x", "", "cuda:-1"])
def test_unknown_device(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--device: .* is no device: use auto, cpu, cuda"):
        device_option(text)


def test_absent_device() -> None:
    with pytest.raises(ConfigurationError, match="'cuda:99' is not there on this machine"):
        device_option("cuda:99")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("no file"), 2, "error: no file\n"),
        (TrainingError("nan"), 1, "error: nan\n"),
        (OSError(28, "No space left on device", "runs/a"), 1, r"error: No space left .*runs/a\)\n"),
        (OSError("short"), 1, "error: short\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_expected_errors_are_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, line: str
) -> None:
    def command() -> int:
        raise error

    assert run_command(command) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert re.fullmatch(line, captured.err, re.DOTALL)


def test_exit_code_of_a_command() -> None:
    assert run_command(lambda: None) == 0
    assert run_command(lambda: 3) == 3


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (KeyError("missing\nkey"), r"error: KeyError: .*; nobody expected this: report it; "),
        (RecursionError("too deep"), r"error: RecursionError: too deep; "),
        (MemoryError(), "error: the memory is exhausted: take a smaller file, "),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "error: the memory is exh"),
        (torch.OutOfMemoryError("CUDA"), "error: the memory is exhausted: "),
    ],
)
def test_faults_of_ours_are_one_line_that_names_the_traceback(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    line: str,
) -> None:
    def fault() -> int:
        raise error

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run_command(fault) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    found = re.match(f"{line}.*the traceback is in (.*)\n", said)
    assert found is not None
    assert "in fault" in Path(found[1]).read_text()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert run_command(fault) == 1
    assert re.search(r"it happened in .*test_command_line\.py, line \d+\n", capsys.readouterr().err)


@pytest.fixture
def parser() -> Parser:
    made = Parser("prog", "what it does")
    made.add_argument("--number", type=at_least(1), default=7, help="how many")
    made.add_argument("--name", help="which")
    made.add_argument("--quiet", action="store_true", help="say less")
    return made


@pytest.mark.parametrize("arguments", [["--number", "0"], ["--unknown"], ["stray"], ["--num", "3"]])
def test_wrong_options_are_one_line(
    parser: Parser, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(arguments)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.endswith("(see prog --help)\n")
    assert error.count("\n") == 1


def test_help_shows_defaults_where_there_are_any(parser: Parser) -> None:
    text = parser.format_help()
    assert "how many (default: 7)" in text
    assert text.count("default") == 1
