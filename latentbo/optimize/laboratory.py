"""Suggestions to standard output, results from a file, everything else to standard error."""

import argparse
import io
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from latentbo.cells import cell, rows_writer
from latentbo.data.assay import Assay
from latentbo.laboratory import LatentOptimizer, Recorded
from latentbo.ledger import Proposal
from latentbo.optimize.progress import SuggestionProgress
from latentbo.report import load_run, summary_table, write_report
from latentbo.report.batch import describe_batch
from latentbo.report.batch_files import write_batch
from latentbo.report.files import replace_file
from latentbo.run import LEFT_OUT_FILE
from latentbo.tasks import TASKS, Task

PENDING_FILE = "pending.csv"
#: Suggestions in reserve on the page of a batch.
RESERVE = 10
# Shares of the work that are done when the batch is chosen, and when its files are written.
SUGGESTED, WRITTEN = 0.45, 0.7


def serve(
    directory: Path,
    options: argparse.Namespace,
    start: str,
    device: str,
    observed: Assay | None = None,
) -> None:
    """Record results, suggest what to measure next, and report.

    Args:
        directory: Of the run.
        options: `suggest` and `quiet`.
        start: What to say of the run's start.
        device: Where the model runs.
        observed: Results to record first.

    Raises:
        LatentboError: If a file or a setting cannot be used.
    """
    console = Console(quiet=options.quiet, stderr=True, highlight=False, markup=False)

    def say(text: str) -> None:
        console.print(text, soft_wrap=True)

    optimizer = LatentOptimizer.load(directory, device)
    say(f"run folder: {directory}")
    say(start)
    if observed is not None:
        say(_recorded_line(observed.path, optimizer.observe(observed), directory))
    task = TASKS[optimizer.settings["task"]]
    with SuggestionProgress(console) as progress:
        if options.suggest is not None:
            watch = progress.within(0.0, SUGGESTED)
            proposals, reserve = optimizer.suggest(
                options.suggest, RESERVE * task.is_molecular, watch
            )
            vials = optimizer.vials
            sys.stdout.write(batch_csv(proposals, vials, task))
            sys.stdout.flush()
            say(_suggested_line(len(proposals), options.suggest, task.name))
            if proposals and task.is_molecular:
                progress.stage("describing the batch", SUGGESTED)
                _write_batch(directory, proposals, reserve, vials, say)
        pending = optimizer.pending
        replace_file(directory / PENDING_FILE, batch_csv(pending, optimizer.vials, task).encode())
        say(f"waiting for values: {len(pending)} {task.name} ({directory / PENDING_FILE})")
        progress.stage("writing the report", WRITTEN)
        for path in write_report(directory):
            say(f"wrote {path}")
    if observed is not None:
        console.print(summary_table(load_run(directory)))
    resume = f"python -m latentbo.optimize --resume {shlex.quote(str(directory))}"
    say(f"resume with: {resume} --observe FILE --suggest {options.suggest or 20}")


def _write_batch(
    directory: Path,
    proposals: Sequence[Proposal],
    reserve: Sequence[Proposal],
    vials: Mapping[int, str],
    say: Callable[[str], None],
) -> None:
    """Write the files of a batch, and warn of a model that predicts nothing."""
    run = load_run(directory)
    batch = describe_batch(run, proposals, vials, reserve)
    number = int(vials[proposals[0].call].partition("-")[0].removeprefix("B"))
    written = write_batch(directory, run, number, batch)
    for path in written.paths:
        say(f"wrote {path}")
    for line in written.remarks:
        say(line)


def batch_csv(proposals: Sequence[Proposal], vials: Mapping[int, str], task: Task) -> str:
    """Return a table of proposals whose last column is to be filled in.

    Args:
        proposals: The proposals.
        vials: IDs by the numbers of calls.
        task: Whose strings they are.
    """
    stream = io.StringIO()
    writer = rows_writer(stream)
    writer.writerow(["id", "call", task.column, "predicted", "deviation", "origin", "value"])
    for proposal in proposals:
        facts = [proposal.details.get(name) for name in ("predicted", "deviation")]
        numbers = ["" if number is None else format(number, ".6g") for number in facts]
        known = [cell(vials.get(proposal.call, "")), proposal.call, cell(proposal.string)]
        writer.writerow([*known, *numbers, proposal.origin, ""])
    return stream.getvalue()


def _recorded_line(path: Path, recorded: Recorded, directory: Path) -> str:
    kinds = {
        "suggested": recorded.suggested,
        "of your own": recorded.own,
        "measured again": recorded.repeated,
    }
    parts = [f"{number} {kind}" for kind, number in kinds.items() if number]
    failed = f"; {recorded.failed} of them failed" if recorded.failed else ""
    line = f"recorded {recorded.total} results of {path}"
    line += f": {', '.join(parts)}{failed}" if parts else ""
    if recorded.censored:
        line += f"; {recorded.censored} of them censored: bounds, never the best"
    if recorded.unusable:
        line += f"; {recorded.unusable} lines cannot be used ({directory / LEFT_OUT_FILE})"
    if recorded.known:
        line += f"; {recorded.known} were recorded before"
    return line + (f"; {recorded.open} have no value yet" if recorded.open else "")


def _suggested_line(number: int, wanted: int, task: str) -> str:
    if number == wanted:
        return f"suggested {number} {task}: fill in the column value, and record it with --observe"
    return (
        f"suggested {number} of {wanted} {task}: there is nothing more that is new and allowed; "
        f"start a run with a wider filter, or another model"
    )
