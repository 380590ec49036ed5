"""`latentbo compare-models DIR DIR …`: models side by side; nothing here loads torch."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from latentbo.command_line import Parser, add_plugin, at_least, run_command
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.evaluate.options import add_measured
from latentbo.plugins import load_plugins, plugins_of
from latentbo.tasks import TASKS

COMMAND = "latentbo compare-models"
DESCRIPTION = """Compare models: reconstruction, validity, match with the prior, diagnostics of the
latent space, and a search by each at equal calls of an objective.

Every model is measured on its own held-out strings (as latentbo evaluate does), with the same
numbers of samples and codes and the same seed. The searches differ in the model alone: one preset,
one seed, one pool, no filter of molecules. One seed tells little: give others with --seed.

Prints a table, writes models.json and models.html (one file) to --out, and the runs of the searches
(search-1, search-2, ...), which are not made again when they are there.
"""
EXAMPLES = """examples:
  two models, and a search of 200 calls by each:
    latentbo compare-models models/kl models/gmm-ks --data my.smi --out comparison
  without a search:
    latentbo compare-models models/kl models/gmm-ks --task expressions --budget 0
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return run_command(lambda: _main(given))


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(COMMAND, DESCRIPTION, EXAMPLES)
    add = parser.add_argument
    add("models", nargs="+", type=Path, metavar="DIR", help="model folders, two or more")
    add("--task", choices=tuple(TASKS), default="molecules", help="what the strings are")
    add_measured(parser)
    add("--samples", type=at_least(1), default=1000, metavar="N", help="samples of the prior")
    add("--codes", type=at_least(1), default=200, metavar="N", help="codes decoded per region")
    add(
        "--budget",
        type=at_least(0),
        default=200,
        metavar="N",
        help="calls of the objective by each search; 0: none",
    )
    add("--initial", type=Path, metavar="FILE", help="strings that the searches start from")
    add("--seed", type=at_least(0), default=0, metavar="N", help="of samples, codes and searches")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N")
    add(
        "--out",
        type=Path,
        default=Path("model-comparison"),
        metavar="DIR",
        help="folder to write to",
    )
    add_plugin(parser)
    add("--quiet", action="store_true", help="print nothing but errors")
    return parser


def _main(given: list[str]) -> None:
    load_plugins(plugins_of(given))
    options = build_parser().parse_args(given)
    _check(options)
    # Loaded here: --help and wrong options are answered without torch.
    import_module("latentbo.evaluate.comparing").run(options)


def _check(options: argparse.Namespace) -> None:
    """Refuse what can be told to be wrong without loading a model."""
    if len(options.models) < 2:
        raise ConfigurationError(f"{options.models[0]} alone: give two models or more to compare")
    resolved = [path.resolve() for path in options.models]
    for place, path in enumerate(resolved):
        if path in resolved[:place]:
            raise ConfigurationError(f"{options.models[place]} is given twice: leave it out once")
        if not path.is_dir():
            raise CheckpointError(f"{options.models[place]} is no folder: give a model's folder")
    if options.initial is not None and not options.initial.is_file():
        raise ConfigurationError(f"--initial {options.initial} is no file: give one, or leave it")
    if options.out.exists() and not options.out.is_dir():
        raise ConfigurationError(f"{options.out} is a file: give a folder with --out")


if __name__ == "__main__":
    sys.exit(main())
