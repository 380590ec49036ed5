"""The options of `--protocol`, and what of them a run's settings keep."""

import argparse
from pathlib import Path

from latentbo.command_line import add_options, at_least
from latentbo.errors import ConfigurationError
from latentbo.protocols import HeldOutConfig, KusnerConfig

KUSNER, HELD_OUT = "kusner2017", "held-out"
NAMES = (KUSNER, HELD_OUT)
DATA_OPTIONS = ("--data", "--limit")
#: Fields of `KusnerConfig` whose options have other names.
KUSNER_FIELDS = {
    "num_iterations": "iterations",
    "batch_size": "points",
    "surrogate": "gp",
    "epochs": "gp_epochs",
    "num_inducing": "inducing",
}
KUSNER_OPTIONS = (
    "--iterations",
    "--points",
    "--gp",
    "--gp-epochs",
    "--inducing",
    "--refit",
    "--standardize",
    "--reencode",
    "--finish",
    "--invalid",
    "--exclude-above",
)
HELD_OUT_OPTIONS = ("--drop-best", "--num-labelled")
START_OPTIONS = ("--initial", "--num-initial")
SEARCH_OPTIONS = (
    "--budget",
    "--batch-size",
    "--acquisition",
    "--surrogate",
    "--identity",
    "--scaling",
    "--sources",
)
PRESET_OPTIONS = ("--preset", "--no-descriptors", "--min-distance", "--pool-share")
FILTER_OPTIONS = (
    "--max-heavy-atoms",
    "--min-heavy-atoms",
    "--max-rotatable-bonds",
    "--min-rings",
    "--constraints",
    "--chemistry",
)


def add_protocol(parser: argparse.ArgumentParser, is_chosen: bool = False) -> None:
    """Add the options of both protocols.

    Args:
        parser: Of the command.
        is_chosen: Whether the command itself says which, so that there is no `--protocol`.
    """
    add = parser.add_argument_group(
        "protocols",
        "kusner2017: as published with the grammar VAE: all data scored for free, 5 iterations of "
        "50 points in the box of the training codes; held-out: the best half of the data hidden "
        "from model and optimizer, 5,000 of the rest labelled for free, then --budget calls",
    ).add_argument
    if not is_chosen:
        add(
            "--protocol",
            choices=NAMES,
            help="run under a published protocol; the same as latentbo protocol NAME",
        )
    add("--data", type=Path, metavar="FILE", help="its data (default: the task's data set)")
    add("--limit", type=at_least(20), metavar="N", help="use N lines of the data, at random")
    add = parser.add_argument_group(
        "kusner2017", "the defaults are what was published, but for --refit"
    ).add_argument
    add_options(
        add,
        KusnerConfig(),
        names=(
            *("num_iterations", "batch_size", "surrogate", "epochs", "num_inducing", "refit"),
            *("invalid", "exclude_above"),
        ),
        renamed=KUSNER_FIELDS,
        metavars={"exclude_above": "VALUE"},
    )
    faults = "mends a fault of the published protocol: "
    add("--standardize", action="store_true", help=f"{faults}standardise the GP's targets")
    add("--reencode", action="store_true", help=f"{faults}give the GP the decoded string's code")
    add("--finish", action="store_true", help=f"{faults}no decode of a grammar runs out of length")
    add_options(
        parser.add_argument_group("held-out").add_argument,
        HeldOutConfig(),
        names=("drop_best", "num_labelled"),
    )


def check_combination(protocol: str | None, given: list[str]) -> None:
    """Refuse options that mean nothing to the protocol, or to a run without one.

    Raises:
        ConfigurationError: For the first of them.
    """
    unfit = {
        None: (*DATA_OPTIONS, *KUSNER_OPTIONS, *HELD_OUT_OPTIONS),
        KUSNER: (
            *(*HELD_OUT_OPTIONS, *START_OPTIONS, *SEARCH_OPTIONS, *PRESET_OPTIONS),
            *FILTER_OPTIONS,
        ),
        HELD_OUT: (*KUSNER_OPTIONS, *START_OPTIONS, *PRESET_OPTIONS, "--chemistry"),
    }[protocol]
    for word in given:
        option = word.split("=")[0]
        if option in unfit:
            known = f"--protocol {protocol}" if protocol else "a run without --protocol"
            raise ConfigurationError(f"{option} means nothing to {known}: leave it out")
