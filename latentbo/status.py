"""`latentbo status RUN`: how far a run is, read from its ledger while it goes."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latentbo.command_line import Parser, at_least, run_command
from latentbo.errors import CheckpointError
from latentbo.ledger import Evaluation, Ledger, Status
from latentbo.ledger.averages import by_molecule, mean
from latentbo.ledger.direction import is_minimized

DESCRIPTION = """Show how far a run is: calls, best value, failures, what is waiting.

It only reads, so it may be called at any time, also while the run goes.
"""
EXAMPLES = """examples:
  latentbo status runs/f
  latentbo status runs/f --follow
  latentbo status runs/f --json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments)
    return run_command(lambda: _status(options))


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("latentbo status", DESCRIPTION, EXAMPLES)
    add = parser.add_argument
    add("run", type=Path, metavar="RUN", help="folder of the run")
    add("--follow", action="store_true", help="again every few seconds, until the run has ended")
    add(
        "--every",
        type=at_least(0, float, exclusive=True),
        default=5.0,
        metavar="SECONDS",
        help="time between two looks of --follow",
    )
    add("--json", action="store_true", help="print JSON, one line a look")
    return parser


def _status(options: argparse.Namespace) -> None:
    while True:
        found = status_of(options.run)
        print(json.dumps(found) if options.json else describe(found), flush=True)
        if not options.follow or found["finished"] == found["budget"]:
            return
        time.sleep(options.every)
        if not options.json:
            print()


def status_of(directory: Path) -> dict[str, Any]:
    """Return the state of a run, as JSON can hold it.

    `rate` is the number of calls that ended per hour since the run was set up; pauses count.

    Raises:
        CheckpointError: If the folder is none of a run.
    """
    settings = _settings(directory)
    path = directory / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        rows = ledger.evaluations()
    finished = [row for row in rows if row.status is not Status.PENDING]
    failed = [row for row in finished if row.status is Status.FAILED]
    best = _best(finished, is_minimized(settings))
    budget = settings.get("budget")  # None: people measure
    hours = _hours(directory, path)
    rate = len(finished) / hours if hours and budget is not None else None
    left = None if rate is None or budget is None else (budget - len(finished)) / rate
    last = max(failed, key=lambda row: row.call, default=None)
    return {
        "run": str(directory),
        "finished": len(finished),
        "budget": budget,
        "pending": len(rows) - len(finished),
        "best": best,
        "failed": len(failed),
        "last_failure": None
        if last is None
        else {"call": last.call, "string": last.string, "message": last.message},
        "rate": rate,
        "hours_left": left,
    }


def _settings(directory: Path) -> dict[str, Any]:
    path = directory / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{directory} is no folder of a run ({path.name} cannot be read): give the folder that "
            f"an earlier run printed"
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("budget"), int | None):
        raise CheckpointError(f"{path} does not describe a run of this version of latentbo")
    return found


def _best(finished: Sequence[Evaluation], minimized: bool) -> dict[str, Any] | None:
    valued = [each for each in by_molecule(finished) if each.values]
    best = max(valued, key=lambda each: mean(each.values), default=None)
    if best is None:
        return None
    value = mean(best.values)
    row = best.merged
    return {"call": row.call, "string": row.string, "value": 0.0 - value if minimized else value}


def _hours(directory: Path, ledger: Path) -> float:
    """Return the time between the start of a run and the last change of its ledger."""
    files = [ledger, ledger.with_name(f"{ledger.name}-wal")]
    last = max(path.stat().st_mtime for path in files if path.is_file())
    return max(0.0, last - (directory / "config.json").stat().st_mtime) / 3600


def describe(status: dict[str, Any]) -> str:
    """Return the state of a run in lines for people."""
    budget = status["budget"]
    of = "" if budget is None else f" of {budget}"
    lines = [f"{status['run']}: {status['finished']}{of} calls"]
    if status["pending"]:
        lines[0] += f", {status['pending']} waiting"
    if best := status["best"]:
        lines.append(f"best: {best['value']:.4g} at call {best['call']}: {best['string']}")
    if last := status["last_failure"]:
        lines.append(
            f"failed: {status['failed']}, the last at call {last['call']} ({last['string']}): "
            f"{last['message']}"
        )
    if status["hours_left"]:
        minutes = 60 * status["hours_left"]
        left = f"{minutes:.0f} minutes" if minutes >= 2 else f"{60 * minutes:.0f} seconds"
        lines.append(f"about {left} left at {status['rate']:.3g} calls an hour")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
