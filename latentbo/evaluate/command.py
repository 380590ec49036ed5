"""The command of the three measurements: of a model, its latent space, or a GP on it."""

import sys
from collections.abc import Sequence
from importlib import import_module

from latentbo.command_line import Parser, run_command
from latentbo.evaluate.options import gp_parser, latent_parser, model_parser
from latentbo.plugins import load_plugins, plugins_of

#: Command -> its parser, and the module whose `run` does it; None is the measurement of a model.
COMMANDS = {
    None: (model_parser, "model"),
    "gp": (gp_parser, "gp"),
    "latent": (latent_parser, "latent"),
}


def build_parser(command: str | None = None) -> Parser:
    """Return the parser of a command."""
    return COMMANDS[command][0]()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: _evaluate(given))


def _evaluate(given: list[str]) -> None:
    load_plugins(plugins_of(given))
    command = given[0] if given and given[0] in COMMANDS else None
    options = build_parser(command).parse_args(given[1:] if command else given)
    # Loaded here: --help and wrong options are answered without torch.
    import_module(f"latentbo.evaluate.{COMMANDS[command][1]}").run(options)
