"""The figure of `pmo.py`: one panel per task, one line per preset."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from latentbo.report.axes import new_figure, png_of, style_axes
from latentbo.report.comparison_figure import style_of
from latentbo.report.curves import top_mean
from latentbo.report.theme import LIGHT

#: Values of the runs in the order of their calls, None for failed ones: task -> preset -> runs.
Values = Mapping[str, Mapping[str, Sequence[Sequence[float | None]]]]

COLUMNS = 5
PANEL = (3.0, 2.5)  # inches
TOP = 10


def curves_png(values: Values, budget: int) -> bytes:
    """Draw the mean of the best ten against oracle calls: means over seeds, ± 1 standard error.

    Args:
        values: Of every task and preset.
        budget: Oracle calls per run; a run that ended early keeps its last value.
    """
    columns = min(COLUMNS, len(values))
    rows = math.ceil(len(values) / columns)
    figure = new_figure(max(5.0, columns * PANEL[0]), rows * PANEL[1] + 0.5, LIGHT)
    figure.set_layout_engine("constrained")
    panels = np.array(figure.subplots(rows, columns, sharex=True, squeeze=False)).ravel()
    presets = list(dict.fromkeys(preset for own in values.values() for preset in own))
    for axes, (task, own) in zip(panels, values.items(), strict=False):
        style_axes(axes, LIGHT)
        axes.set_title(task, loc="left", fontsize=10, color=LIGHT.ink)
        axes.set_xlim(0, budget)
        for preset, runs in own.items():
            _draw(axes, runs, budget, presets.index(preset), preset)
    for axes in panels[len(values) :]:
        axes.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=7, frameon=False, fontsize=9)
    figure.supxlabel("oracle calls", fontsize=9, color=LIGHT.muted)
    figure.supylabel("mean of the best ten", fontsize=9, color=LIGHT.muted)
    return png_of(figure)


def _draw(
    axes: Axes, runs: Sequence[Sequence[float | None]], budget: int, place: int, name: str
) -> None:
    curves = np.array([_held(top_mean(run, TOP), budget) for run in runs])
    calls, mean, style = np.arange(1, budget + 1), curves.mean(0), style_of(place)
    colour = LIGHT.series[style.colour]
    axes.plot(calls, mean, color=colour, linestyle=style.dash, linewidth=1.8, label=name)
    if len(runs) > 1:
        error = curves.std(0, ddof=1) / math.sqrt(len(runs))
        axes.fill_between(calls, mean - error, mean + error, color=colour, alpha=0.15, lw=0)


def _held(curve: Sequence[float], budget: int) -> list[float]:
    return [*curve, *[curve[-1]] * (budget - len(curve))][:budget]
