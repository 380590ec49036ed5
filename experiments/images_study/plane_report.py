"""The table and the picture of codes of two dimensions (figure 4.9)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from study.figures import INK, MUTED, mark, plain, png
from study.table import Cell, Column, Row, Table, grouped, mean
from torch import Tensor

from images_study.figures import pictures_of
from images_study.tables import each, named
from latentbo.priors import GaussianMixturePrior

TERMS = ("ks", "covariance", "mean", "sliced")
# Of the two classes; the markers tell them apart without colour.
CLASS_MARKS = (("o", "#d55e00"), ("^", "#0072b2"))
# The prior's density at so many standard deviations of a component from its mean.
CONTOURS = (2.5, 1.5, 0.5)
# Beyond the prior's means, in standard deviations; points a panel at most.
MARGIN, NUM_POINTS = 4.5, 1000
GRID = 161


def _table(name: str, rows: Sequence[Row]) -> Table:
    shown = rows[0]
    one, other = shown["class_names"]
    columns: dict[str, Column] = {
        **{term: mean(term) for term in TERMS},
        "% at the first mode": mean("first_mode", factor=100.0),
        f"% of {one} there": lambda own: _of_class(own, 0),
        f"% of {other} there": lambda own: _of_class(own, 1),
    }
    groups = {
        f"{variant}, {_epochs(stage['epochs'])}": [row["stages"][number] for row in own]
        for variant, own in grouped(rows, "variant").items()
        for number, stage in enumerate(own[0]["stages"])
    }
    return Table.of(
        f"figure_4.9_{name}",
        f"{shown['dataset']}, {one} and {other}: test codes of two dimensions against the prior",
        columns,
        groups,
        f"Mean ± standard error over trainings (their number). Terms of the regularizer, 1 for "
        f"draws of the prior, {shown['codes_at_once']} of {shown['num_test']} test codes at a "
        f"time; whatever was trained, all four are measured. Modes at {_modes(shown)}, identity "
        f"covariance. Network {shown['training']['network']} of width "
        f"{shown['training']['width'] or 'as published'}; {shown['num_training']} training images "
        f"of the two classes.",
        first_column="terms trained, epochs",
    )


#: The table of each data set and kind of measurement.
tables = each(_table)


def _of_class(stages: Sequence[Row], place: int) -> Cell:
    return Cell.of(100 * stage["first_mode_of_classes"][place] for stage in stages)


def _epochs(number: float) -> str:
    return f"{number:g} epoch{'s' * (number != 1)}"


def _modes(row: Row) -> str:
    return " and ".join(f"({', '.join(f'{x:.3g}' for x in mean)})" for mean in row["means"])


def figures(rows: Sequence[Row], out: Path) -> dict[str, bytes]:
    """Return the figure of each data set whose codes are there: file name -> PNG."""
    found = {}
    for name, own in named(rows).items():
        codes = pictures_of(own, out)
        if codes:
            shown = {
                variant: min(trained, key=lambda row: row["seed"])
                for variant, trained in grouped(own, "variant").items()
                if variant in codes
            }
            found[f"figure_4.9_{name}.png"] = png(plane_figure(shown, codes))
    return found


def plane_figure(rows: Mapping[str, Row], codes: Mapping[str, Mapping[str, Tensor]]) -> Figure:
    """Draw codes over the prior's contours, a column a variant and a row a stage (figure 4.9).

    Args:
        rows: Variant -> row.
        codes: Variant -> `codes0`, `codes1`, … (`n x 2`) of the row's stages, and `labels` (`n`).
    """
    first = next(iter(rows.values()))
    prior = GaussianMixturePrior.spherical(torch.tensor(first["means"]))
    reach = float(prior.means.abs().max()) + MARGIN
    height = len(first["stages"])
    size = (2.9 * len(rows) + 0.5, 2.9 * height + 1.1)
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(height, len(rows), squeeze=False, sharex=True, sharey=True)
    for column, (variant, row) in enumerate(rows.items()):
        panels[0, column].set_title(variant, color=INK, fontsize=11)
        for number, stage in enumerate(row["stages"]):
            axes = panels[number, column]
            _contours(axes, prior, reach)
            points = codes[variant][f"codes{number}"]
            _points(axes, points, codes[variant]["labels"], row["classes"], reach)
            if column == 0:
                axes.set_ylabel(f"after {_epochs(stage['epochs'])}", color=INK)
    title = f"{first['dataset']}: codes of test images and the prior's density"
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontsize=11)
    figure.legend(handles=_key(first), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _contours(axes: Axes, prior: GaussianMixturePrior, reach: float) -> None:
    ticks = torch.linspace(-reach, reach, GRID)
    grid = torch.cartesian_prod(ticks, ticks)
    density = prior.log_prob(grid).exp().view(GRID, GRID).T
    # By one component's own peak, so that a level is a distance from its mean.
    peak = float(prior.weights[0]) / (2 * torch.pi)
    levels = [peak * 2.718281828 ** (-(distance**2) / 2) for distance in CONTOURS]
    place = ticks.numpy()
    axes.contour(place, place, density.numpy(), levels, colors=MUTED, linewidths=0.9)


def _points(
    axes: Axes, codes: Tensor, labels: Tensor, classes: Sequence[int], reach: float
) -> None:
    shown, labels = codes[:NUM_POINTS], labels[:NUM_POINTS]
    for number, (marker, colour) in zip(classes, CLASS_MARKS, strict=True):
        across, up = shown[labels == number].T.numpy()
        axes.scatter(across, up, s=7, marker=marker, color=colour, alpha=0.5, linewidths=0)
    outside = int((shown.abs() > reach).any(1).sum())
    if outside:
        text = f"{outside} of {len(shown)} outside"
        axes.text(0.03, 0.95, text, transform=axes.transAxes, color=INK, fontsize=8, va="top")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_aspect("equal")
    plain(axes)


def _key(row: Row) -> list[Line2D]:
    marks = zip(CLASS_MARKS, row["class_names"], strict=True)
    key = [mark(name, marker, colour) for (marker, colour), name in marks]
    distances = ", ".join(f"{distance:g}" for distance in reversed(CONTOURS))
    label = f"prior at {distances} standard deviations"
    return [*key, Line2D([], [], color=MUTED, linewidth=0.9, label=label)]
