"""`python -m latentbo.evaluate molecules`: measure a trained model on strings it has not seen."""

import argparse
from typing import Any

from rich.table import Table

from latentbo.evaluate.inputs import check_out, open_console, open_model, prepare
from latentbo.tasks import TASKS
from latentbo.training.card import distance_rows, share_rows, structure_rows
from latentbo.training.evaluation import examine, write_examination


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, print, and write what `--out` asks for; returns the numbers."""
    check_out(options)
    console = open_console(options)
    model = open_model(options)
    model.num_beams = options.beams or model.num_beams
    data = prepare(options, model, console.print)
    task = TASKS[options.task].for_model(model)
    examination = examine(
        model,
        [data.strings[i] for i in data.split.test.tolist()],
        {data.strings[i] for i in data.split.training.tolist()},
        num_samples=options.samples,
        seed=options.seed,
        # Molecules are read by the measurement itself, which counts radicals too.
        canonical=None if task.is_molecular else task.canonical,
    )
    for table in _tables(examination.metrics, examination.molecular):
        console.print(table)
    if options.out is not None:
        write_examination(options.out, model, examination)
        console.print(f"metrics, figures and card: {options.out}")
    return examination.metrics


def _tables(metrics: dict[str, Any], molecular: bool) -> list[Table]:

    tables = []
    contents: tuple[list[tuple[str, ...]], ...] = (
        [("share", "value"), *share_rows(metrics, molecular)],
        structure_rows(metrics),
        distance_rows(metrics),
    )
    for rows in filter(None, contents):
        table = Table()
        table.add_column(rows[0][0])
        for name in rows[0][1:]:
            table.add_column(name, justify="right")
        for row in rows[1:]:
            table.add_row(*row)
        tables.append(table)
    return tables
