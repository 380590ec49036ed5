"""`python -m latentbo.evaluate molecules`: measure a trained model on strings it has not seen."""

import argparse
from typing import TYPE_CHECKING, Any

from latentbo.command_line import Parser, at_least
from latentbo.evaluate.inputs import (
    add_data,
    add_model,
    add_output,
    add_split,
    check_out,
    open_console,
    open_model,
    prepare,
)
from latentbo.tasks import TASKS

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["build_parser", "run"]

DESCRIPTION = """Measure a trained model again: reconstruction of held-out strings, validity,
uniqueness and novelty of samples of the prior, distance of the codes to the prior.

The held-out strings are those of the model's own training, if the data are the same.
Two more measurements have a help of their own:
  python -m latentbo.evaluate latent --help   is its latent space worth searching?
  python -m latentbo.evaluate gp --help       how well does a sparse GP predict on it?
"""
EXAMPLES = """examples:
  the model that ships with the package:
    python -m latentbo.evaluate molecules
  your own, with metrics.json, figures and model card written anew:
    python -m latentbo.evaluate molecules --model models/mine --data my.smi --out models/mine-again
"""


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser("python -m latentbo.evaluate", DESCRIPTION, EXAMPLES)
    add_model(parser)
    add_data(parser)
    add_split(parser)
    add = parser.add_argument
    add("--samples", type=at_least(1), default=1000, metavar="N", help="samples of the prior")
    add("--seed", type=at_least(0), default=0, metavar="N", help="seed of samples and noise")
    add_output(parser, "write metrics, figures and card to this folder")
    return parser


def run(options: argparse.Namespace) -> None:
    """Measure, print, and write what `--out` asks for."""
    from latentbo.training.evaluation import (  # noqa: PLC0415  (--help should not wait for torch)
        examine,
        write_examination,
    )

    check_out(options)
    console = open_console(options)
    model = open_model(options)
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


def _tables(metrics: dict[str, Any], molecular: bool) -> "list[Table]":
    from rich.table import Table  # noqa: PLC0415

    from latentbo.training.card import distance_rows, share_rows, structure_rows  # noqa: PLC0415

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
