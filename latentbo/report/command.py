"""`python -m latentbo.report RUN…`: compare runs in one page."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from latentbo.command_line import Parser, add_plugin, at_least, run_command
from latentbo.errors import ConfigurationError
from latentbo.plugins import load_plugins

DESCRIPTION = """Compare runs of python -m latentbo.optimize that have one objective.

Runs that differ in nothing but the seed are one group. For each group: the mean over its runs of
the best value, of the area under the curve (AUC, as defined by PMO) of the best 1, 10 and 100, and
of what was spent, each with its standard error, and the curves with a band of one standard error.

Writes comparison.html (one file, links to the runs' own reports), comparison.png, comparison.csv
(a line a group) and runs.csv (a line a run).
"""
EXAMPLES = """examples:
  two presets, three seeds each:
    python -m latentbo.report runs/hybrid-*/ runs/ga-*/ --out runs/comparison
  a folder of runs against another, whatever their settings say:
    python -m latentbo.report before/* after/* --group-by folder
  runs of different budgets, at the 500 calls that all of them made:
    python -m latentbo.report runs/short-0 runs/long-0 --budget 500
"""


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("python -m latentbo.report", DESCRIPTION, EXAMPLES)
    add = parser.add_argument
    add("runs", nargs="+", type=Path, metavar="RUN", help="folder of a run")
    add("--out", type=Path, default=Path("comparison"), metavar="DIR", help="folder to write to")
    add(
        "--budget",
        type=at_least(1),
        metavar="N",
        help="count only the first N calls of each run (default: each run's own budget)",
    )
    add(
        "--group-by",
        choices=("settings", "folder"),
        default="settings",
        help="settings: runs that differ in the seed only; folder: runs that lie side by side",
    )
    add_plugin(parser)
    add("--quiet", action="store_true", help="print nothing but errors")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments if arguments is not None else sys.argv[1:])
    return run_command(lambda: _compare(options))


def _compare(options: argparse.Namespace) -> None:
    if options.out.exists() and not options.out.is_dir():
        raise ConfigurationError(f"{options.out} is a file: give a folder with --out")
    load_plugins(options.plugin or ())
    # --help answers without loading all this.
    from latentbo.report.comparing import show_comparison  # noqa: PLC0415

    show_comparison(options)
