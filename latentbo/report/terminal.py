"""The table that ends a run on the terminal."""

__all__ = ["summary_table"]

from rich.table import Table
from rich.text import Text

from latentbo.chemistry.descriptors import describe
from latentbo.report.run import Run
from latentbo.report.summary import TOP, Summary, format_number, summarize


def summary_table(run: Run) -> Table:
    """The best ten molecules, with the run's figures underneath.

    SMILES and names are put in as plain text: `[nH]` is not markup.
    """
    table = Table(
        title=Text(f"Best molecules · {run.objective}", style="bold"),
        caption=_caption(summarize(run)),
        caption_justify="left",
    )
    for name in ("", "value", "call", "QED", "SA", "logP"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("origin")
    table.add_column("SMILES", overflow="fold", ratio=1)
    for rank, row in enumerate(run.ranked[:TOP], start=1):
        if row.value is None:
            continue
        found = describe(row.smiles)
        table.add_row(
            *(str(rank), format_number(row.value), str(row.call), f"{found.qed:.2f}"),
            *(f"{found.sa:.2f}", f"{found.logp:.2f}", Text(row.origin), Text(row.smiles)),
        )
    return table


def _caption(summary: Summary) -> Text:
    extra = {
        "failed": summary.num_failed,
        "pending": summary.num_pending,
        "interrupted and repeated": summary.num_interrupted,
    }
    calls = [f"{summary.num_initial} initial", f"{summary.num_optimizer} by the optimizer"]
    calls += [f"{number} {name}" for name, number in extra.items() if number]
    return Text(
        f"best {format_number(summary.best)} · best starting molecule "
        f"{format_number(summary.best_initial)} · improvement "
        f"{format_number(summary.improvement)} · top-{TOP} mean {format_number(summary.top_mean)}\n"
        f"{summary.num_calls} calls: {', '.join(calls)}"
    )
