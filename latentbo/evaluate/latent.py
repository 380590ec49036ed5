"""`python -m latentbo.evaluate latent`: is a latent space worth searching?"""

import argparse
import json
from pathlib import Path
from typing import Self

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from latentbo.diagnostics import (
    Diagnosis,
    DiagnosisConfig,
    diagnose,
    diagnosis_png,
    num_stages,
)
from latentbo.diagnostics.tables import measurement_rows, perturbation_rows, validity_rows
from latentbo.errors import ConfigurationError
from latentbo.evaluate.inputs import check_out, open_console, open_model, open_objective, prepare
from latentbo.evaluate.options import LATENT_FIGURE, LATENT_JSON
from latentbo.tasks import TASKS


def run(options: argparse.Namespace) -> None:
    """Diagnose, print, and write what `--out` asks for.

    Raises:
        ConfigurationError: If options contradict each other.
    """
    check_out(options)
    if options.no_objective and options.objective:
        raise ConfigurationError("--objective and --no-objective contradict each other: leave one")
    if options.threads:
        torch.set_num_threads(options.threads)
    console = open_console(options)
    objective = None if options.no_objective else open_objective(options)
    model = open_model(options)
    data = prepare(options, model, console.print)
    task = TASKS[options.task].for_model(model)
    config = DiagnosisConfig(
        num_codes=options.codes,
        num_box=options.box,
        num_train=options.train,
        num_test=options.test,
        seed=options.seed,
        num_moved=options.moved,
    )
    with _Bar(console, num_stages(objective is not None)) as bar:
        diagnosis = diagnose(
            model.finishing(),  # as the search decodes
            [data.strings[i] for i in data.split.training.tolist()],
            [data.strings[i] for i in data.split.test.tolist()],
            task.canonical,
            objective,
            config,
            bar.say,
        )
    for table in _tables(diagnosis, task.noun):
        console.print(table)
    console.print(_calls(diagnosis))
    console.print(str(diagnosis.verdict), style="bold")
    if options.out is not None:
        _write(options, diagnosis, task.noun)
        console.print(f"numbers and figure: {options.out}")


class _Bar:
    """A bar of the stages of a diagnosis, and what is being done; gone when all is.

    Args:
        console: Where it is shown; without a terminal it is not.
        num_stages: How often `say` will be called.
    """

    def __init__(self, console: Console, num_stages: int) -> None:

        columns = (TextColumn("{task.completed:.0f}/{task.total:.0f}"), BarColumn(bar_width=24))
        text = TextColumn("{task.description}", markup=False)
        self.progress = Progress(*columns, text, console=console, transient=True)
        self.task = self.progress.add_task("encoding …", total=num_stages)
        self.begun = 0

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def say(self, text: str) -> None:
        """Begin the next stage."""
        self.progress.update(self.task, completed=self.begun, description=f"{text} …")
        self.begun += 1


def _write(options: argparse.Namespace, diagnosis: Diagnosis, noun: str) -> None:

    directory: Path = options.out
    directory.mkdir(parents=True, exist_ok=True)
    settings = {
        "task": options.task,
        "model": None if options.model is None else str(options.model),
        "data": None if options.data is None else str(options.data),
        "seed": options.seed,
    }
    text = json.dumps({**settings, **diagnosis.to_json()}, indent=1, ensure_ascii=False)
    (directory / LATENT_JSON).write_text(text + "\n", encoding="utf-8")
    (directory / LATENT_FIGURE).write_bytes(diagnosis_png(diagnosis, noun))


def _calls(diagnosis: Diagnosis) -> str:
    if diagnosis.objective is None:
        return "no oracle calls were spent on this"
    failed = f", {diagnosis.num_failed} of them failed" if diagnosis.num_failed else ""
    return (
        f"{diagnosis.num_calls:,} oracle calls were spent on this ({diagnosis.objective}{failed})"
    )


def _tables(diagnosis: Diagnosis, noun: str) -> list[Table]:

    tables = []
    for head, *rows in (
        validity_rows(diagnosis, noun),
        perturbation_rows(diagnosis, noun),
        measurement_rows(diagnosis),
    ):
        table = Table()
        table.add_column(head[0])
        for name in head[1:]:
            table.add_column(name, justify="right")
        for row in rows:
            table.add_row(*row)
        tables.append(table)
    return tables
