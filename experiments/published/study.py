"""The command line of a study: plan, run, collect, tables and figures."""

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from study.jobs import Job, attempts, is_done, seconds_of
from study.options import study_parser
from study.pages import write_results, write_whole
from study.running import run_jobs, run_study, write_environment
from study.table import Cell

from latentbo.command_line import at_least, names_of
from latentbo.tasks import TASKS
from published.collect import collect
from published.figures import figures
from published.plan import METHODS, STAGES, Study, plan
from published.tables import tables


def build_parser(description: str, study: Study) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = study_parser(description)
    add, positive = parser.add_argument, at_least(0, float, exclusive=True)
    add("--dry-run", action="store_true", help="show the jobs and their estimated durations")
    add("--jobs", type=at_least(1), default=2, metavar="N", help="processes at a time (default 2)")
    add("--only", type=names_of(STAGES), metavar="PARTS", help=f"of {','.join(STAGES)}")
    add("--methods", type=names_of(METHODS), metavar="NAMES", help=f"of {','.join(study.methods)}")
    add(
        "--network",
        choices=["published", "autoregressive"],
        help=f"of all methods (default: {study.network})",
    )
    add("--epochs", type=positive, help="passes over the data (default: the method's own)")
    add("--limit", type=at_least(100), metavar="N", help="take N strings of the data, evenly")
    add("--train-options", type=shlex.split, metavar="TEXT", help="of every training, as one text")
    add("--max-seeds", type=at_least(1), metavar="N", help="at most N seeds of anything")
    add("--device", default="cpu", help="of the trainings: cpu, cuda, cuda:N (default: cpu)")
    return parser


def main(
    study: Study, smoke: Study, description: str, arguments: Sequence[str] | None = None
) -> int:
    """Run the command line of a study; returns the exit code.

    Args:
        study: In full.
        smoke: At its smallest.
        description: For --help.
        arguments: Of the command line.
    """
    options = build_parser(description, study).parse_args(arguments)
    chosen = configure(smoke if options.smoke else study, options)
    return run_study(lambda: _run(chosen, options))


def configure(study: Study, options: argparse.Namespace) -> Study:
    """Return the study with what the command line asks for."""
    changes: dict[str, Any] = {"device": options.device}
    if options.only:
        changes["stages"] = options.only
    if options.methods:
        changes["methods"] = options.methods
    if options.network:
        changes["network"] = options.network
        if options.network != study.network:
            changes["train_options"] = ()  # those of the study are of its own network
    if options.epochs:
        changes["epochs"] = options.epochs
    if options.train_options:
        changes["train_options"] = tuple(options.train_options)
    limit = options.limit or study.limit
    if limit:
        changes |= {"limit": limit, "data": f"data-{limit}.txt"}
    most = options.max_seeds
    if most:
        changes["bo_seeds"] = {name: min(n, most) for name, n in study.bo_seeds.items()}
        for name in (
            "other_bo_seeds",
            "training_seeds",
            "extra_bo_seeds",
            "fault_seeds",
            "gp_seeds",
        ):
            changes[name] = min(getattr(study, name), most)
    return replace(study, **changes)


def _run(study: Study, options: argparse.Namespace) -> int:
    out = options.out
    if options.dry_run:
        print(dry_run(plan(study), out, options.jobs))
        return 0

    def prepare(commit: str | None) -> list[Job]:
        write_environment(out, study, commit)
        _write_data(out, study)
        return plan(study)

    write = partial(write_pages, study.task, out) if "tables" in study.stages else None
    return run_jobs(out, options.jobs, prepare, write)


def write_pages(task: str, out: Path) -> None:
    """Write rows, tables and figures of what is there."""
    rows = collect(task, out)
    found = tables(task, rows)
    write_results(out, rows, found, figures(task, rows))
    durations = [table.markdown() for table in found if table.name == "durations"]
    print("\n".join(durations) + f"{len(rows)} results: {out / 'tables.md'}", flush=True)


def dry_run(jobs: Sequence[Job], out: Path, num_parallel: int) -> str:
    """Return the jobs with their state and duration.

    The duration of a job that was not yet done is the mean of the done ones of its kind, where
    there are any, else the study's estimate.
    """
    done = {job.name: seconds_of(out, job.name) for job in jobs if is_done(out, job)}
    lines, left = [], 0.0
    for job in jobs:
        minutes = _estimate(job, jobs, done)
        state = "done" if job.name in done else "begun" if attempts(out, job.name) else ""
        left += minutes if state != "done" else 0.0
        lines.append(f"{minutes:8.1f} min  {state:5}  {job.name}")
    lines.append(f"{len(jobs)} jobs, {len(done)} done; about {left / num_parallel:.0f} min left")
    return "\n".join(lines)


def _estimate(job: Job, jobs: Sequence[Job], done: dict[str, float | None]) -> float:
    own = done.get(job.name)
    if own is not None:
        return own / 60
    alike = Cell.of(done.get(j.name) for j in jobs if j.kind == job.kind).mean
    return job.minutes if alike is None else alike / 60


def _write_data(out: Path, study: Study) -> None:
    """Write the strings that the study is limited to, once: every n-th of the data set."""
    if study.data is None or study.limit is None or (out / study.data).exists():
        return
    _, lines = TASKS[study.task].data()
    number = min(study.limit, len(lines))
    chosen = [lines[i * len(lines) // number] for i in range(number)]
    write_whole(out / study.data, "".join(f"{line.string}\n" for line in chosen))
