"""The files of a run, read and judged before anything that takes seconds is loaded."""

import argparse
import json
import sys
from pathlib import Path

from latentbo.data.assay import Assay, ColumnNames, fault_table, read_assay
from latentbo.data.compounds import COMPOUNDS_FILE, read_compounds
from latentbo.errors import CheckpointError
from latentbo.ledger.ledger import Ledger
from latentbo.ledger.vials import vial_ids
from latentbo.optimize.laboratory_options import is_laboratory
from latentbo.tasks import TASKS, Task, recorded_task

#: Names of the run's files; the packages that know them load torch.
CONFIG_FILE, LEDGER_FILE = "config.json", "ledger.sqlite"


def read_initial(options: argparse.Namespace) -> Assay | None:
    """Read the file of `--initial`, if it is one, and show what it holds.

    Raises:
        LatentboError: If it cannot be used.
    """
    given = options.initial
    if given is None or options.resume is not None or given.lstrip("+-").isdigit():
        return None

    assay = read_assay(Path(given), TASKS[options.task].strings, _column_names(options))
    _show(assay, options)
    return assay


def read_observed(options: argparse.Namespace) -> Assay | None:
    """Read the file of `--observe`, and show what it holds.

    In a run that is resumed, IDs of its compounds and suggestions may stand for their molecules.

    Raises:
        LatentboError: If the file or the run cannot be used.
    """
    if options.observe is None:
        return None

    task, ids = TASKS[options.task or "molecules"], dict[str, str]()
    if options.resume is not None:
        task, ids = _known(options.resume)
    assay = read_assay(options.observe, task.strings, _column_names(options), ids)
    _show(assay, options)
    return assay


def _known(directory: Path) -> tuple[Task, dict[str, str]]:
    """Return the task of a run, and the strings that its IDs stand for.

    What is no folder of a run is told by what opens it afterwards.
    """
    try:
        settings = json.loads((directory / CONFIG_FILE).read_text(encoding="utf-8"))
        task = recorded_task(settings)
    except (OSError, ValueError, AttributeError, CheckpointError):
        return TASKS["molecules"], {}
    ids = {each.id: each.string for each in read_compounds(directory / COMPOUNDS_FILE)}
    if not (directory / LEDGER_FILE).is_file():
        return task, ids
    with Ledger.open(directory / LEDGER_FILE) as ledger:
        ids |= {name: row.string for name, row in vial_ids(ledger.evaluations()).items()}
    ids.pop("", None)
    return task, ids


def _column_names(options: argparse.Namespace) -> ColumnNames:
    return ColumnNames(options.smiles_column, options.value_column, options.id_column)


def _show(assay: Assay, options: argparse.Namespace) -> None:
    """Print what a file holds, unless it is a list of strings without any fault.

    Where suggestions go to standard output, it goes to standard error.
    """
    stripped = any(line.stripped for line in assay.lines)
    if not options.quiet and (assay.has_values or assay.unusable or stripped):
        stream = sys.stderr if is_laboratory(options) else sys.stdout
        print(fault_table(assay), file=stream, flush=True)
