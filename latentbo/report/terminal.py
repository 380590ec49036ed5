"""The table that ends a run on the terminal."""

from rich.table import Table
from rich.text import Text

from latentbo.report.quality import areas, best_strings, findings
from latentbo.report.run import Run
from latentbo.report.summary import (
    TOP,
    Summary,
    budget_line,
    format_number,
    front_line,
    labelled_line,
    rules_line,
    summarize,
)
from latentbo.report.value_scale import ValueScale
from latentbo.report.view import View
from latentbo.report.views import view_of


def summary_table(run: Run) -> Table:
    """The best ten strings, with the run's figures underneath.

    SMILES and names are put in as plain text: `[nH]` is not markup.
    """
    view = view_of(run)
    shown = [i for i, measure in enumerate(view.measures) if measure.on_terminal]
    table = Table(
        title=Text(f"Best {view.name}s{_apart(run)} · {run.objective}", style="bold"),
        caption=_caption(run, summarize(run), view),
        caption_justify="left",
    )
    value = Text(str(run.config.get("value_name") or "value"))
    names: list[str | Text] = ["", value, "call", *(view.measures[i].label for i in shown)]
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("origin")
    table.add_column(view.heading, overflow="fold", ratio=1)
    for rank, row in enumerate(run.hits[:TOP], start=1):
        numbers = view.measure(row.string)
        table.add_row(
            *(str(rank), format_number(run.scale.number(row.value)), str(row.call)),
            *(view.measures[i].show(numbers[i]) for i in shown),
            *(Text(row.origin), Text(row.string)),
        )
    return table


def _apart(run: Run) -> str:
    return f", at least {run.min_distance:g} apart" if run.min_distance else ""


def _caption(run: Run, summary: Summary, view: View) -> Text:
    labelled = summary.labelled
    lines = [labelled_line(labelled, run.scale)] if labelled else []
    if run.front is not None:
        lines.append(front_line(run.front))
    lines += [_values_line(summary, view, run.scale), budget_line(summary)]
    if summary.decodes is not None and (refused := rules_line(summary.decodes)):
        lines.append(refused)
    if summary.best is not None:
        found = ", ".join(
            f"top-{each.top} {format_number(run.scale.number(each.area))}" for each in areas(run)
        )
        lines.append(f"area under the curve over {run.budget} calls: {found}")
        if view.qualities:
            said = ", ".join(f"{each.quality.label} {each.text}" for each in findings(run, view))
            lines.append(f"best {len(best_strings(run))} {view.name}s: {said}")
    return Text("\n".join(lines))


def _values_line(summary: Summary, view: View, scale: ValueScale) -> str:
    labelled = summary.labelled
    values = [("best", summary.best)]
    if labelled is not None:
        values.append((f"best labelled {view.name}", labelled.best))
    if summary.num_initial or labelled is None:
        values.append((f"best starting {view.name}", summary.best_initial))
    values += [("improvement", summary.improvement), (f"top-{TOP} mean", summary.top_mean)]
    return " · ".join(f"{name} {format_number(scale.number(value))}" for name, value in values)
