"""Carry out what a command line of `latentbo.report` says."""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from latentbo.report.comparison import Comparison, compare
from latentbo.report.comparison_files import write_comparison


def show_comparison(options: argparse.Namespace) -> None:
    """Compare runs, write the files, and show the means.

    Args:
        options: Of the command line.

    Raises:
        LatentboError: If a run cannot be read, or the runs cannot be compared.
    """
    comparison = compare(options.runs, options.budget, options.group_by == "folder")
    paths = write_comparison(comparison, options.out)
    console = Console(quiet=options.quiet, highlight=False, markup=False, soft_wrap=True)
    console.print(_table(comparison), soft_wrap=False)
    for note in comparison.notes:
        console.print(f"note: {note}")
    for path in paths:
        console.print(f"wrote {path}")


def _table(comparison: Comparison) -> Table:
    """The means that a terminal has room for."""
    table = Table(title=Text(comparison.objective, style="bold"))
    table.add_column("group", overflow="fold")
    names = ("best_start", "best", "auc_top10", "hypervolume")
    shown = [column for column in comparison.columns if column.name in names]
    for name in ("runs", *(column.label for column in shown)):
        table.add_column(name, justify="right", no_wrap=True)
    for place, group in enumerate(comparison.groups):
        cells = [
            Text(
                column.spread_text(comparison.spreads[place][column.name]),
                style="bold" if comparison.is_best(place, column) else "",
            )
            for column in shown
        ]
        table.add_row(Text(group.label), str(len(group.members)), *cells)
    return table
