"""Which of the three measurements is meant: of a model, its latent space, or a GP on it."""

import sys
from collections.abc import Sequence

from latentbo.command_line import Parser, run_command
from latentbo.evaluate.gp import build_parser as gp_parser
from latentbo.evaluate.gp import run as run_gp
from latentbo.evaluate.latent import build_parser as latent_parser
from latentbo.evaluate.latent import run as run_latent
from latentbo.evaluate.model import build_parser as model_parser
from latentbo.evaluate.model import run as run_model

__all__ = ["build_parser", "main"]

#: Command -> its parser and what it does; None is the measurement of a model.
COMMANDS = {
    None: (model_parser, run_model),
    "gp": (gp_parser, run_gp),
    "latent": (latent_parser, run_latent),
}


def build_parser(command: str | None = None) -> Parser:
    """Return the parser of a command."""
    return COMMANDS[command][0]()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[0] if given and given[0] in COMMANDS else None
    options = build_parser(command).parse_args(given[1:] if command else given)
    run = COMMANDS[command][1]
    return run_command(lambda: run(options))
