"""Options of how calls are made, and of when a run stops before its budget is spent."""

import argparse
from typing import TYPE_CHECKING

from latentbo.command_line import at_least

if TYPE_CHECKING:
    pass

#: Options that may differ when a run is resumed: they do not change what is proposed.
CHANGEABLE = (
    *("--workers", "--scheduler", "--time-limit", "--max-hours", "--target", "--max-failures"),
    "--reconnect",
)


def add_execution(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add = parser.add_argument_group(
        "calls", "where and how the objective is called; every attempt is counted"
    ).add_argument
    add(
        "--workers",
        type=at_least(1),
        metavar="N",
        help="calls made at once, each in a process of its own (default: 1, in this process); the "
        "same seed gives the same run with any number",
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="make the calls on a Dask cluster, such as tcp://10.0.0.1:8786 (needs latentbo[dask])",
    )
    add(
        "--reconnect",
        type=at_least(0, float),
        metavar="SECONDS",
        help="how long to wait for a cluster that was lost (default: 60)",
    )
    add(
        "--time-limit",
        type=at_least(0, float, exclusive=True),
        metavar="SECONDS",
        help="end a call that takes longer: it has failed (default: 300 for workers, programs and "
        "servers; a Python function without it may take as long as it likes)",
    )
    add(
        "--retries",
        type=at_least(0),
        default=0,
        metavar="N",
        help="make a failed call again, at most N times; each attempt is charged",
    )
    add(
        "--asynchronous",
        action="store_true",
        help="do not wait for the slowest calls of a batch: faster with many workers, but two runs "
        "with one seed differ",
    )
    add(
        "--max-hours",
        type=at_least(0, float, exclusive=True),
        metavar="H",
        help="begin no call after H hours; resume with --resume",
    )
    add(
        "--max-failures",
        type=at_least(0),
        metavar="N",
        help="pause after N failed calls in a row: something is broken; resume with --resume "
        "(default: 100; 0: never)",
    )
    add("--target", type=float, metavar="VALUE", help="stop as soon as a value reaches VALUE")
