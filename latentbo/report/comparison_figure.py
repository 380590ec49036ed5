"""The figure of a comparison: what the calls bought each group, with its uncertainty."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from latentbo.report.axes import new_figure, one_line, png_of, style_axes
from latentbo.report.comparison import Comparison
from latentbo.report.curves import top_mean
from latentbo.report.groups import Group
from latentbo.report.theme import LIGHT, Theme

Vector = NDArray[np.float64]

_WIDTH, _HEIGHT = 11.0, 4.5  # inches; the legend comes on top of the height
_LEGEND_ROW = 0.24  # inches
FIGURE_WIDTH = round(_WIDTH * 160)  # pixels
_PANELS = ((1, "best found"), (10, "mean of the best 10"))
_NUM_MARKERS = 8
_LONGEST = 48  # characters of a label

# Dashes and markers tell the groups apart without colour; their numbers have no common divisor, so
# that no pair repeats before the fifteenth group.
_DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (8, 2, 2, 2)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@dataclass(frozen=True)
class Style:
    """Style of a group in all figures.

    Args:
        colour: Number of the colour in a theme's series.
        dash: As matplotlib has it.
        marker: As matplotlib has it.
    """

    colour: int
    dash: str | tuple[int, tuple[float, ...]]
    marker: str


@dataclass(frozen=True)
class _Curve:
    """The curve of a group, from the call at which each of its runs has a value.

    Args:
        calls: `m` numbers of calls.
        mean: Mean over the runs, `m` values.
        error: Standard error of the mean, `m` values; zeros for a single run.
        whole: Up to which call every run goes on.
    """

    calls: Vector
    mean: Vector
    error: Vector
    whole: int


def style_of(place: int) -> Style:
    """The style of the group at a place."""
    return Style(
        place % len(LIGHT.series), _DASHES[place % len(_DASHES)], _MARKERS[place % len(_MARKERS)]
    )


def comparison_png(comparison: Comparison, theme: Theme = LIGHT) -> bytes:
    """Draws the best value and the mean of the best ten against the calls, one line a group.

    A line is the mean over the group's runs, its band ± 1 standard error of that mean. A run that
    is shorter than others of its group holds its last value; the line is faint from there on.

    Args:
        comparison: The groups; those without any value are named in the legend only.
        theme: The colours.

    Returns:
        The PNG file, without date and version.
    """
    columns = _legend_columns(comparison)
    below = 0.5 + _LEGEND_ROW * math.ceil(len(comparison.groups) / columns)
    height = _HEIGHT + below - 0.5
    figure = new_figure(_WIDTH, height, theme)
    panels = figure.subplots(1, 2)
    figure.subplots_adjust(0.055, (below + 0.12) / height, 0.985, 1 - 0.72 / height, wspace=0.14)
    for axes, (top, title) in zip(panels, _PANELS, strict=True):
        style_axes(axes, theme)
        _draw(axes, comparison, top, theme)
        axes.set_title(title, loc="left", color=theme.ink, fontsize=10.5, pad=8)
        axes.set_xlabel("oracle calls", color=theme.muted, fontsize=9.5)
    heading = figure.text(0.055, 1 - 0.28 / height, one_line(comparison.objective, 100))
    heading.set(color=theme.ink, fontsize=12, weight="bold", va="center")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="lower left",
        bbox_to_anchor=(0.045, 0.0),
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=theme.ink,
        handlelength=4.0,
        columnspacing=2.2,
    )
    return png_of(figure)


def _legend_columns(comparison: Comparison) -> int:
    longest = max(len(_name(group)) for group in comparison.groups)
    return max(1, min(4, 150 // (longest + 12), len(comparison.groups)))


def _name(group: Group) -> str:
    number = len(group.members)
    return f"{one_line(group.label, _LONGEST)} ({number} run{'s' * (number > 1)})"


def _draw(axes: Axes, comparison: Comparison, top: int, theme: Theme) -> None:
    length = max(1, *(len(run.finished) for group in comparison.groups for run in group.runs))
    axes.set_xlim(0, length * 1.01)
    curves = [_curve(group, top) for group in comparison.groups]
    found = [curve for curve in curves if curve is not None]
    limits = _limits(found) if found else None
    if comparison.is_minimized:
        curves = [curve and replace(curve, mean=-curve.mean) for curve in curves]
        limits = limits and (-limits[1], -limits[0])
    for place, (group, curve) in enumerate(zip(comparison.groups, curves, strict=True)):
        _draw_curve(axes, curve, _name(group), place, len(curves), theme)
    if limits is not None:
        axes.set_ylim(*limits)
    else:
        axes.set_yticks([])
        axes.text(*(0.5, 0.5, "no value"), ha="center", color=theme.muted, transform=axes.transAxes)


def _curve(group: Group, top: int) -> _Curve | None:
    """The group's curve; None if no run has a value."""
    found = [run.values for run in group.runs]
    found = [values for values in found if any(value is not None for value in values)]
    if not found:
        return None
    length = max(map(len, found))
    means = np.array([_held(top_mean(values, top), length) for values in found])
    first = int(np.isfinite(means).all(axis=0).argmax())
    means = means[:, first:]
    error = np.zeros(length - first)
    if len(found) > 1:
        error = means.std(axis=0, ddof=1) / math.sqrt(len(found))
    calls = np.arange(first + 1.0, length + 1.0)
    return _Curve(calls, means.mean(axis=0), error, min(map(len, found)))


def _held(means: list[float], length: int) -> Vector:
    return np.array([*means, *[means[-1]] * (length - len(means))])


def _draw_curve(
    axes: Axes, curve: _Curve | None, name: str, place: int, number: int, theme: Theme
) -> None:
    style = style_of(place)
    colour = theme.series[style.colour]
    look: dict[str, Any] = {"color": colour, "linestyle": style.dash, "linewidth": 1.8, "zorder": 4}
    marks: dict[str, Any] = {"marker": style.marker, "markersize": 5.5, "markeredgewidth": 0}
    if curve is None:
        axes.plot([], [], label=f"{name}: no value", **look, **marks)
        return
    step = max(1, len(curve.calls) // _NUM_MARKERS)
    whole = curve.calls <= curve.whole
    axes.plot(
        curve.calls[whole],
        curve.mean[whole],
        label=name,
        markevery=(min(step * place // number, max(int(whole.sum()) - 1, 0)), step),
        **look,
        **marks,
    )
    held = curve.calls >= curve.whole
    axes.plot(curve.calls[held], curve.mean[held], alpha=0.35, **look)
    if not curve.error.any():
        return
    low, high = curve.mean - curve.error, curve.mean + curve.error
    axes.fill_between(curve.calls, low, high, color=colour, alpha=0.16, linewidth=0, zorder=3)


def _limits(curves: list[_Curve]) -> tuple[float, float]:
    """Bottom and top; what a group left behind in a tenth of its calls may lie below."""
    high = max(float((curve.mean + curve.error).max()) for curve in curves)
    low = min(float(np.quantile(curve.mean - curve.error, 0.1, method="lower")) for curve in curves)
    span = high - low or max(abs(low), 1.0) * 0.1
    return low - 0.06 * span, high + 0.06 * span
