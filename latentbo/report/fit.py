"""The figure of a run over expressions: the best curve against the target's."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from latentbo.ledger.record import INITIAL, Evaluation
from latentbo.objectives.arithmetic import evaluate_expression
from latentbo.objectives.expressions import POINTS, TARGET
from latentbo.parsing import ParseError
from latentbo.report.axes import new_figure, png_of, style_axes
from latentbo.report.run import Run
from latentbo.report.summary import format_number
from latentbo.report.theme import LIGHT, Theme

_WIDTH, _HEIGHT = 8.0, 4.8  # inches
FIT_HEIGHT = round(_HEIGHT * 160)  # pixels; the width is that of all figures
_LIMITS = (-13.0, 14.5)
_LONGEST = 70  # characters of a title


def fit_png(run: Run, theme: Theme = LIGHT) -> bytes:
    """Draws the best expression found and, if it has one, the target; below, their difference.

    Args:
        run: The run, which may be empty. The target is that of the objective `target-fit`.
        theme: Its colours.

    Returns:
        The PNG file, without date and version.
    """
    figure = new_figure(_WIDTH, _HEIGHT, theme)
    has_target = run.objective == "target-fit"
    if has_target:
        axes, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
        _style(below, theme)
    else:
        axes, below = figure.subplots(), None
    figure.subplots_adjust(0.075, 0.115, 0.98, 0.885, hspace=0.12)
    _style(axes, theme)
    axes.set_ylim(*_LIMITS)
    (axes if below is None else below).set_xlabel("x", color=theme.muted, fontsize=9.5)
    best = next((row for row in run.ranked if row.value is not None), None)
    axes.set_title(_title(best), loc="left", color=theme.ink, fontsize=11, weight="bold", pad=10)
    _draw(axes, below, run, best, theme)
    return png_of(figure)


def _draw(axes: Axes, below: Axes | None, run: Run, best: Evaluation | None, theme: Theme) -> None:
    """The curves, and the difference to the target in the axes below."""
    if below is not None:
        axes.plot(POINTS, TARGET, color=theme.muted, linewidth=1.2, label="target")
    initial = (row for row in run.ranked if row.origin == INITIAL and row.value is not None)
    start = next(initial, None)
    if start is not None and start is not best:
        name = f"best starting expression  {format_number(start.value)}"
        (line,) = axes.plot(POINTS, _values(start.string), color=theme.mean, label=name)
        line.set(linewidth=1.2, linestyle=(0, (4, 1.2)))
    if best is not None:
        values = _values(best.string)
        name = f"best found  {format_number(best.value)}"
        axes.plot(POINTS, values, color=theme.best, linewidth=1.6, label=name)
        if below is not None:
            below.axhline(0.0, color=theme.muted, linewidth=1.2)
            below.plot(POINTS, values - TARGET, color=theme.best, linewidth=1.4)
            below.set_ylim(*_difference_limits(values - TARGET))
            below.set_ylabel("difference", color=theme.muted, fontsize=9.5)
    if axes.lines:
        axes.legend(loc="upper left", frameon=False, fontsize=9, labelcolor=theme.ink)


def _values(expression: str) -> NDArray[np.float64]:
    """The curve; without a value where it is undefined or far away, everywhere if no arithmetic."""
    try:
        values = evaluate_expression(expression, POINTS)
    except ParseError:
        return np.full_like(POINTS, np.nan)
    return np.where(np.abs(values) < 1e6, values, np.nan)


def _difference_limits(differences: NDArray[np.float64]) -> tuple[float, float]:
    finite = np.abs(differences[np.isfinite(differences)])
    largest = float(np.quantile(finite, 0.98)) if finite.size else 0.0
    limit = 1.15 * min(max(largest, 1.0), 20.0)
    return -limit, limit


def _style(axes: Axes, theme: Theme) -> None:
    style_axes(axes, theme)
    axes.set_xlim(POINTS[0], POINTS[-1])


def _title(best: Evaluation | None) -> str:
    if best is None:
        return "no value yet"
    text = best.string.replace("$", r"\$")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
