"""The table that ends a run on the terminal."""

__all__ = ["summary_table"]

from rich.table import Table
from rich.text import Text

from latentbo.report.run import Run
from latentbo.report.summary import TOP, Summary, format_number, labelled_line, summarize
from latentbo.report.view import View
from latentbo.report.views import view_of


def summary_table(run: Run) -> Table:
    """The best ten strings, with the run's figures underneath.

    SMILES and names are put in as plain text: `[nH]` is not markup.
    """
    view = view_of(run)
    shown = [i for i, measure in enumerate(view.measures) if measure.on_terminal]
    table = Table(
        title=Text(f"Best {view.name}s · {run.objective}", style="bold"),
        caption=_caption(summarize(run), view),
        caption_justify="left",
    )
    for name in ("", "value", "call", *(view.measures[i].label for i in shown)):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("origin")
    table.add_column(view.heading, overflow="fold", ratio=1)
    for rank, row in enumerate(run.ranked[:TOP], start=1):
        if row.value is None:
            continue
        numbers = view.measure(row.smiles)
        table.add_row(
            *(str(rank), format_number(row.value), str(row.call)),
            *(view.measures[i].show(numbers[i]) for i in shown),
            *(Text(row.origin), Text(row.smiles)),
        )
    return table


def _caption(summary: Summary, view: View) -> Text:
    extra = {
        "failed": summary.num_failed,
        "pending": summary.num_pending,
        "interrupted and repeated": summary.num_interrupted,
    }
    calls = [f"{summary.num_initial} initial", f"{summary.num_optimizer} by the optimizer"]
    calls += [f"{number} {name}" for name, number in extra.items() if number]
    labelled = summary.labelled
    given = f"{labelled_line(labelled)}\n" if labelled else ""
    values = [("best", summary.best)]
    if labelled is not None:
        values.append((f"best labelled {view.name}", labelled.best))
    if summary.num_initial or labelled is None:
        values.append((f"best starting {view.name}", summary.best_initial))
    values += [("improvement", summary.improvement), (f"top-{TOP} mean", summary.top_mean)]
    line = " · ".join(f"{name} {format_number(value)}" for name, value in values)
    return Text(f"{given}{line}\n{summary.num_calls} calls: {', '.join(calls)}")
