"""Carry out what a command line of `latentbo.optimize` says; this loads torch."""

import argparse
import datetime
import itertools
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from latentbo.command_line import device_option
from latentbo.data.assay import Assay
from latentbo.display import OptimizationDisplay
from latentbo.errors import ConfigurationError, ObjectiveError, PausedError
from latentbo.laboratory import by_hand_settings
from latentbo.ledger import Evaluation, Ledger, Status
from latentbo.ledger.direction import is_minimized
from latentbo.optimize.laboratory import serve
from latentbo.optimize.laboratory_options import is_laboratory
from latentbo.optimize.protocol_report import write_protocol_summary
from latentbo.optimize.settings import resumed_execution
from latentbo.optimizer import Ending
from latentbo.report import load_run, summary_table, write_report
from latentbo.report.live import LiveReport
from latentbo.run import (
    LEDGER_FILE,
    OptimizationRun,
    as_started,
    changed_versions,
    create_run,
    grown,
    open_run,
)
from latentbo.run_log import RunLog


def carry_out(
    options: argparse.Namespace,
    new: tuple[Path | None, dict[str, Any]] | None,
    assay: Assay | None,
    observed: Assay | None,
) -> int:
    """Start or resume a run and report it; returns the exit code.

    Args:
        options: Of the command line.
        new: Of a new run, the file of strings to start from and what `config.json` holds.
        assay: What `--initial` holds.
        observed: What `--observe` holds.

    Raises:
        LatentboError: If the run cannot be started or resumed, or pauses.
    """
    device = device_option(options.device)
    run = _prepare(options, new, assay)
    for line in changed_versions(run):
        print(line, file=sys.stderr)
    if is_laboratory(options):
        serve(run.directory, options, _start_line(run), device, observed)
        return 0
    budget, minimized = run.settings["budget"], is_minimized(run.settings)
    display = OptimizationDisplay(budget, options.quiet, minimized, options.verbose)
    log = RunLog(options.log, budget, _finished(run.directory), minimized)
    page = LiveReport(run.directory)

    def show(finished: list[Evaluation]) -> None:
        display.show(finished)
        log.show(finished)
        page.show(len(finished))

    display.say(f"run folder: {run.directory}")
    display.say(_start_line(run))
    try:
        with display, log:
            ending = run.execute(show, device, resumed_execution(run.execution, options))
            log.write(f"stopped: {ending.value}")
    except ObjectiveError:
        page.finish()
        raise
    except BaseException as error:
        # Stopped by Ctrl-C, a full disk or the like: nothing that was paid for is lost.
        resume = shlex.quote(str(run.directory))
        display.say(f"resume with: python -m latentbo.optimize --resume {resume}")
        if isinstance(error, KeyboardInterrupt):
            _report(run.directory, display)
        else:
            page.finish()
        raise
    _say_ending(ending, run, display)
    _report(run.directory, display)
    if ending.name == "FAILURES":
        raise _paused(run)
    return 0


def _finished(directory: Path) -> list[Evaluation]:
    """Return what a run has, of before it is resumed."""
    with Ledger.open(directory / LEDGER_FILE) as ledger:
        return [row for row in ledger.evaluations() if row.status is not Status.PENDING]


def _paused(run: OptimizationRun) -> PausedError:
    """Say why a run whose calls all fail was not gone on with."""
    with Ledger.open(run.directory / LEDGER_FILE) as ledger:
        failed = [row for row in ledger.evaluations() if row.status is Status.FAILED]
    last = max(failed, key=lambda row: row.call)
    return PausedError(
        f"paused after too many failed calls in a row, at last call {last.call} ({last.string}): "
        f"{last.message}; fix the cause, then python -m latentbo.optimize --resume "
        f"{shlex.quote(str(run.directory))} (--max-failures N allows more, 0 any number)"
    )


def _say_ending(ending: Ending, run: OptimizationRun, display: OptimizationDisplay) -> None:
    """Say why a run ended before its budget was spent, and what can be done."""
    resume = f"python -m latentbo.optimize --resume {shlex.quote(str(run.directory))}"
    if ending.name == "EXHAUSTED":
        display.say(
            f"stopped early: the model finds no {run.task.noun} any more that is new"
            + (
                " and passes the filter; start a run with a wider filter or another model"
                if run.task.is_molecular
                else "; start a run with another model"
            )
        )
    elif ending.name == "TARGET":
        display.say(f"stopped: {ending.value}; for more, {resume} --target with a higher VALUE")
    elif ending.name == "TIME":
        display.say(f"stopped: {ending.value}; resume with: {resume}")


def _report(directory: Path, display: OptimizationDisplay) -> None:
    """Write the files that people read, and show the table."""
    run = load_run(directory)
    for path in write_report(directory):
        display.say(f"wrote {path}")
    display.print(summary_table(run))
    for line in write_protocol_summary(directory, run):
        display.say(line)


def _start_line(run: OptimizationRun) -> str:
    """Say what the run starts from."""
    given, sign = "", -1 if is_minimized(run.settings) else 1
    if labelled := run.settings.get("labelled"):
        best = f"({labelled['source']}), the best of them {sign * labelled['best']:.4g}"
        if protocol := run.settings.get("protocol"):
            return f"protocol {protocol['name']}: {labelled['count']} labelled strings {best}"
        given = f"measured before: {labelled['count']} {run.task.name} {best}"
        lines = (f"{count} {reason}" for reason, count in labelled["left_out"].items())
        if censored := labelled.get("censored"):
            given += f"; {censored} are censored: bounds, never the best"
        given += f" (not used: {', '.join(lines)})\n" if labelled["left_out"] else "\n"
    pool = run.settings["pool"]
    left_out = ", ".join(f"{count} {reason}" for reason, count in pool["left_out"].items())
    return f"{given}starting pool: {pool['usable']} {run.task.name}" + (
        f" (not used: {left_out})" if left_out else ""
    )


def _prepare(
    options: argparse.Namespace,
    new: tuple[Path | None, dict[str, Any]] | None,
    assay: Assay | None,
) -> OptimizationRun:
    if new is None:
        run = as_started(open_run(options.resume), options.objective, options.accept_changes)
        return run if options.budget is None else grown(run, options.budget)
    initial, settings = new
    if is_laboratory(options):
        settings = by_hand_settings(settings)
    if options.out is not None:
        return create_run(options.out, settings, assay or initial)
    directory = _reserved(Path("runs"), options.task)
    try:
        return create_run(directory, settings, assay or initial)
    except BaseException:
        with suppress(OSError):  # it is empty
            directory.rmdir()
        raise


def _reserved(parent: Path, task: str) -> Path:
    """Make an empty folder of a new name: two runs of one second must not meet in it."""
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    for number in itertools.count(1):
        directory = parent / (f"{task}-{stamp}" if number == 1 else f"{task}-{stamp}-{number}")
        try:
            parent.mkdir(parents=True, exist_ok=True)
            directory.mkdir(mode=0o700)
        except FileExistsError:
            continue
        except OSError as error:
            raise ConfigurationError(
                f"the folder {directory} cannot be made ({error.strerror}): give another --out"
            ) from error
        return directory
    raise AssertionError("counting has no end")
