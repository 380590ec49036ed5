"""Run commands of the package in this process, and collect all their help texts."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

COUNTS = "latentbo.counting.data"
COUNTED = ("multi-mnist", "clevr", "clevr-scenes", "svhn-2", "citycount", "citycar")
COMMANDS = (
    ("latentbo.optimize",),
    ("latentbo.train",),
    ("latentbo.evaluate",),
    ("latentbo.evaluate", "latent"),
    ("latentbo.evaluate", "gp"),
    ("latentbo.report",),
    (COUNTS,),
    *((COUNTS, name) for name in COUNTED),
)
# Their `--help` is short.
LONG = ("latentbo.optimize", "latentbo.train")
COLUMNS = "100"


class CommandError(Exception):
    """A command failed, with its message."""


def run_main(main: Callable[[list[str]], int], *arguments: Any) -> str:
    """Run a command's `main` and return its output.

    Raises:
        CommandError: If it failed.
    """
    printed, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(errors):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
    if code:
        raise CommandError(f"exit code {code}: {errors.getvalue().strip()}")
    return printed.getvalue()


def _help(words: tuple[str, ...]) -> list[str]:
    option = "--help-all" if words[0] in LONG else "--help"
    command = [sys.executable, "-m", *words, option]
    environment = {**os.environ, "COLUMNS": COLUMNS, "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout.splitlines()


def _job(words: tuple[str, ...]) -> Callable[[Path], list[str]]:
    return lambda _: _help(words)


#: Name -> function that returns the lines of a command's help.
HELPS = {"-".join((words[0].partition(".")[2], *words[1:])): _job(words) for words in COMMANDS}
