"""Options of how calls are made, and of when a run stops before its budget is spent."""

import argparse

from latentbo.command_line import add_options
from latentbo.execution import ExecutionConfig

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
    add_options(
        add,
        ExecutionConfig(),
        names=(
            *("workers", "scheduler", "reconnect", "time_limit", "max_hours", "max_failures"),
            "target",
        ),
        metavars={
            **{"workers": "N", "scheduler": "ADDRESS", "reconnect": "SECONDS"},
            **{"time_limit": "SECONDS", "max_hours": "H", "max_failures": "N", "target": "VALUE"},
        },
    )
    add_options(add, ExecutionConfig(), names=("retries",), metavars={"retries": "N"})
    add(
        "--asynchronous",
        action="store_true",
        help="do not wait for the slowest calls of a batch: faster with many workers, but two runs "
        "with one seed differ",
    )
