"""The page of exit codes says what the code does."""

import inspect
import re
import signal
from pathlib import Path

import pytest

from latentbo import errors, interruption
from latentbo.__main__ import COMMANDS, EXIT_CODES, main
from latentbo.command_line import INTERRUPTED, run_command
from latentbo.errors import LatentboError

PAGE = Path(__file__).parent.parent / "docs" / "exit-codes.md"
ROWS = dict(re.findall(r"^\| (\d+) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.M))
ERRORS = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, LatentboError)
]


def ending(error: BaseException) -> int:
    def fail() -> None:
        raise error

    return run_command(fail)


def test_the_page_has_all_codes_and_no_more() -> None:
    signals = [getattr(signal, name) for name in interruption._NAMES]
    made = {0, 1, INTERRUPTED, *(each.exit_code for each in ERRORS)}
    made |= {ending(interruption.Interrupted(number)) for number in signals}
    made |= {ending(OSError("no space")), ending(KeyboardInterrupt()), ending(ZeroDivisionError())}
    assert set(map(int, ROWS)) == made


def test_the_help_has_the_codes_of_the_page() -> None:
    assert set(re.findall(r"\b\d{1,3}\b", EXIT_CODES)) == set(ROWS)


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_a_code_of_the_page(
    error: type[LatentboError], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending(error("what is wrong")) == error.exit_code
    assert str(error.exit_code) in ROWS
    assert capsys.readouterr().err == "error: what is wrong\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_wrong_option_is_code_2_of_all_commands(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "all" in ROWS["2"].split("|")[-1]
    try:
        code = main([name, "--no-such-option"])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    shown = capsys.readouterr().err
    assert (code, shown.count("\n")) == (2, 1)


def test_commands_of_the_page_exist() -> None:
    named = {name for row in ROWS.values() for name in re.findall(r"`(\w+)`", row.split("|")[-1])}
    assert named <= set(COMMANDS)
