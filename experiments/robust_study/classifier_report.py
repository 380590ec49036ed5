"""Table and figures of the classifier on codes (table 5.7), from rows and pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path

from images_study.experiment import Row as ResultRow
from images_study.figures import pictures_of
from images_study.tables import each, named
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from study.figures import FAINT, INK, MUTED, lines_below, mark, plain, png
from study.table import Cell, Column, Line, Row, Table, grouped

from latentbo.images.robustness import STRONGEST
from robust_study.cells import (
    TrialTable,
    number_text,
    radii,
    reported_name,
    spread,
    trials_note,
)
from robust_study.classifier import GOAL
from robust_study.figures import pictures_figure
from robust_study.thesis import THESIS_CLASSIFIER

#: The bound of table 5.7.
RADIUS = 1.0
COLOURS = ("#d55e00", "#cc79a7", "#8a6d3b", "#009e73")


def _table(name: str, rows: Sequence[Row]) -> Table:
    first, bounds = rows[0], radii(rows)
    reported = THESIS_CLASSIFIER.get(first["dataset"].removesuffix("-5000"), {})
    attacks = (STRONGEST, *first["attack_names"])
    columns: dict[str, Column] = {
        "all test images ↑": lambda own: spread(100 * row["test_accuracy"] for row in own),
        "attacked ones, clean ↑": _percent("clean", "accuracy"),
        **{
            f"{attack}, λ {radius:g} ↑": _percent("attacked", f"{radius:g}", attack)
            for radius in bounds
            for attack in attacks
        },
        **{
            f"taken for the target's class, λ {radius:g} ↓": _percent(
                "as_target", f"{radius:g}", STRONGEST
            )
            for radius in bounds
        },
    }
    further: list[Line] = []
    for method, (clean, attacked) in reported.items():
        known = [
            number_text(attacked if radius == RADIUS and attack == STRONGEST else None)
            for radius in bounds
            for attack in attacks
        ]
        further.append(
            (reported_name(method), [number_text(clean), "–", *known, *("–" for _ in bounds)])
        )
    classifier = first["classifier"]
    return TrialTable.of(
        f"table_5.7_{name}",
        f"{first['dataset']}: accuracy in percent of a classifier on codes",
        columns,
        grouped(rows, "variant"),
        f"Two layers ({classifier['width']} units between them), {classifier['epochs']} epochs of "
        f"Adam at {classifier['learning_rate']:g} on codes of the training images. "
        f"{trials_note(rows)} All test images ({first['num_test']}): over trainings. Thesis: the "
        f"published attack, which is weaker; it does not tell its classifier's width.",
        further,
    )


#: Table 5.7 of each data set and kind of measurement.
tables = each(_table)


def _percent(*path: str) -> Callable[[Sequence[Row]], Cell]:
    """Return a column: a share over all trials of all trainings, in percent."""

    def values(row: Row) -> list[float]:
        found: object = row
        for key in path:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, list) else []

    return lambda rows: spread(100 * value for row in rows for value in values(row))


def figures(rows: Sequence[ResultRow], out: Path) -> dict[str, bytes]:
    """Return the figures that there are results for: file name -> PNG.

    Args:
        rows: Of `results.jsonl`.
        out: The study's folder, which holds the pictures that measurements left.
    """
    found = {}
    for name, own in named(rows).items():
        found[f"table_5.7_{name}.png"] = png(accuracy_figure(own))
        shown = {v: each[f"attack-{GOAL}"] for v, each in pictures_of(own, out).items()}
        if shown:
            found[f"attacked_{name}.png"] = png(pictures_figure(own, shown, GOAL))
    return found


def accuracy_figure(rows: Sequence[Row]) -> Figure:
    """Draw the accuracy on images before and after the attack, a line a variant.

    Bars are standard deviations over trials; vertical strokes are the thesis's values.
    """
    groups, bounds, first = grouped(rows, "variant"), radii(rows), rows[0]
    reported = THESIS_CLASSIFIER.get(first["dataset"].removesuffix("-5000"), {})
    figure = Figure(figsize=(7.6, 1.9 + 0.42 * len(groups)), layout="constrained")
    axes = figure.subplots()
    kinds: dict[str, tuple[str, ...]] = {"clean": ("clean", "accuracy")}
    kinds |= {f"attacked, λ = {r:g}": ("attacked", f"{r:g}", STRONGEST) for r in bounds}
    colours = dict(zip(kinds, ("#0072b2", *COLOURS * len(bounds)), strict=False))
    for place, (variant, own) in enumerate(groups.items()):
        _accuracies(axes, place, {k: _percent(*path)(own) for k, path in kinds.items()}, colours)
        if variant in reported and RADIUS in bounds:
            strokes = zip(reported[variant], ("clean", f"attacked, λ = {RADIUS:g}"), strict=True)
            for value, kind in strokes:
                axes.plot(value, place, "|", color=colours[kind], markersize=15, alpha=0.6)
    lines_below(axes, groups)
    axes.set_xlim(0, 100)
    axes.set_xlabel("accuracy, %")
    seeds = len({row["seed"] for row in rows})
    title = f"{first['dataset']}: classifier on codes, {seeds} training{'s' * (seeds > 1)} each"
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    plain(axes)
    figure.legend(
        handles=_key(colours, RADIUS in bounds and not reported.keys().isdisjoint(groups)),
        loc="outside lower center",
        ncols=4,
        frameon=False,
        fontsize=9,
    )
    return figure


def _accuracies(axes: Axes, place: int, cells: dict[str, Cell], colours: dict[str, str]) -> None:
    known = {kind: (cell.mean, cell.error) for kind, cell in cells.items()}
    means = [mean for mean, _ in known.values() if mean is not None]
    axes.plot([min(means), max(means)], [place, place], color=FAINT, linewidth=5, zorder=1)
    for kind, (mean, error) in known.items():
        if mean is not None:
            marker, colour = "o" if kind == "clean" else "s", colours[kind]
            axes.errorbar(mean, place, xerr=error, fmt=marker, color=colour, capsize=2)


def _key(colours: dict[str, str], with_thesis: bool) -> list[Line2D]:
    key = [mark(kind, "o" if kind == "clean" else "s", c) for kind, c in colours.items()]
    return [*key, mark("thesis", "|", MUTED, markersize=12)] if with_thesis else key
