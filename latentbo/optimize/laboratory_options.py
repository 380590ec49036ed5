"""The options of runs whose values people measure, and what else stands beside them."""

import argparse
from pathlib import Path

from latentbo.command_line import at_least
from latentbo.errors import ConfigurationError

#: Options that make a run one of the laboratory.
LABORATORY = ("--suggest", "--observe")
#: Options that name the columns of its files.
COLUMNS = ("--smiles-column", "--value-column", "--id-column")
# There is no function to call, and every suggestion says how many it wants.
UNFIT = (
    *("--objective", "--budget", "--batch-size", "--num-initial", "--protocol", "--workers"),
    *("--scheduler", "--time-limit", "--retries", "--asynchronous", "--max-hours", "--target"),
    *("--max-failures", "--reconnect", "--header", "--log", "--verbose", "-v"),
)


def add_laboratory(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument_group(
        "laboratory",
        "values that people measure, with no function: suggestions are printed as CSV, and files "
        "of results are recorded",
    ).add_argument
    add(
        "--suggest",
        type=at_least(1),
        metavar="N",
        help="print N molecules to measure on standard output; with a task a new run, with "
        "--resume DIR the next of this one",
    )
    add(
        "--observe",
        type=Path,
        metavar="FILE",
        help="record the results of a file (text, .xlsx, .sdf) with SMILES or IDs of this run, and "
        "values: a number (the highest is the best, or with --minimize the lowest), a bound such "
        "as >9, 'failed', or nothing as yet; own molecules and repeated measurements are welcome; "
        "goes before --suggest",
    )


def is_laboratory(options: argparse.Namespace) -> bool:
    """Tell whether values are measured."""
    return options.suggest is not None or options.observe is not None


def check_laboratory(options: argparse.Namespace, given: list[str]) -> None:
    """Refuse options that mean nothing where values are measured.

    Raises:
        ConfigurationError: For the first of them.
    """
    chosen = next(each for each in LABORATORY if getattr(options, each[2:]) is not None)
    for word in given:
        option = word.split("=")[0]
        if option in UNFIT:
            raise ConfigurationError(
                f"{option} means nothing to {chosen}: there is no function to call, and "
                f"--suggest says how many; leave it out"
            )
    if options.initial is not None and options.initial.isdigit():
        raise ConfigurationError(
            f"--initial {options.initial}: --suggest says how many; give a file, or leave it out"
        )
