"""Which of the three measurements is meant: of a model, its latent space, or a GP on it."""

import sys
from collections.abc import Sequence

from latentbo.command_line import Parser, run_command
from latentbo.evaluate import gp, latent, model

__all__ = ["build_parser", "main"]

COMMANDS = {"gp": gp, "latent": latent}


def build_parser(command: str | None = None) -> Parser:
    """Return the parser of a command; None is the measurement of a model."""
    return (COMMANDS[command] if command else model).build_parser()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[0] if given and given[0] in COMMANDS else None
    options = build_parser(command).parse_args(given[1:] if command else given)
    run = (COMMANDS[command] if command else model).run
    return run_command(lambda: run(options))
