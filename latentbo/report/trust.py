"""Leave-one-out test of a run's model: each measured molecule predicted from the others."""

from typing import Any

import torch
from matplotlib.axes import Axes

from latentbo.diagnostics.leave_one_out import LeaveOneOut, leave_one_out
from latentbo.optimizer.history import History
from latentbo.report.axes import new_figure, one_line, png_of, style_axes
from latentbo.report.run import Run
from latentbo.report.theme import LIGHT, Theme
from latentbo.report.value_scale import ValueScale
from latentbo.surrogates import TanimotoGPConfig, TanimotoSurrogate
from latentbo.tasks import TASKS

_WIDTH, _HEIGHT = 8.0, 4.8  # inches
TRUST_HEIGHT = round(_HEIGHT * 160)  # pixels; the width is that of all figures
# Part of the range that is left free around the points.
_MARGIN = 0.06


def trust_of(run: Run) -> LeaveOneOut | None:
    """Predict each measured molecule of a run from all the others.

    The process is that of the preset `hybrid` with the run's own settings, whatever the preset.

    Returns:
        None for a run whose values are computed, that is over no molecules, or has too few values.
    """
    found = _left_out(run) if run.is_by_hand or run.compounds else None
    return None if found is None else found[0]


def fit_of(run: Run) -> TanimotoSurrogate | None:
    """Fit the same process to all values of a run; None if it has too few, or no molecules."""
    found = _left_out(run)
    return None if found is None else found[1]


def _left_out(run: Run) -> tuple[LeaveOneOut, TanimotoSurrogate] | None:
    task = TASKS.get(str(run.config.get("task", "molecules")))
    if task is None or not task.is_molecular:
        return None
    history = history_of(run)
    return leave_one_out(
        *(history.strings, history.values, _config(run), int(run.config.get("seed", 0))),
        *(history.repeats, history.bounds),
    )


def history_of(run: Run) -> History:
    """All that was measured, before and in the run."""
    return History(
        run.evaluations,
        [(each.string, each.value) for each in run.compounds if each.value is not None],
        run.steps,
        [(each.string, each.bound) for each in run.compounds if each.bound],
    )


def _config(run: Run) -> TanimotoGPConfig:
    given: dict[str, Any] = run.config.get("optimizer") or {}
    usual = TanimotoGPConfig()
    return TanimotoGPConfig(
        max_train=int(given.get("max_train", usual.max_train)),
        descriptors=bool(given.get("descriptors", usual.descriptors)),
    )


def trust_png(found: LeaveOneOut, scale: ValueScale, theme: Theme = LIGHT) -> bytes:
    """Draws predicted against measured values, with a deviation to each side.

    Args:
        found: The predictions.
        scale: Name and direction of the values.
        theme: Colours.

    Returns:
        The PNG file, without date and version.
    """
    figure = new_figure(_WIDTH, _HEIGHT, theme)
    axes = figure.subplots()
    figure.subplots_adjust(0.1, 0.13, 0.97, 0.89)
    style_axes(axes, theme)
    axes.grid(axis="x", color=theme.faint, linewidth=0.8)
    _draw(axes, found, scale, theme)
    axes.set_xlabel(f"{one_line(scale.name)}, measured", color=theme.muted, fontsize=9.5)
    axes.set_ylabel(
        f"{one_line(scale.name)}, predicted without it", color=theme.muted, fontsize=9.5
    )
    title = f"R² {found.r_squared:.2f} · Spearman {found.spearman:.2f} · RMSE {found.rmse:.3g}"
    axes.set_title(title, loc="left", color=theme.ink, fontsize=11, weight="bold", pad=10)
    return png_of(figure)


def _draw(axes: Axes, found: LeaveOneOut, scale: ValueScale, theme: Theme) -> None:
    sign = -1 if scale.is_minimized else 1
    both = sign * torch.cat([found.measured, found.predicted])
    low, high = float(both.min()), float(both.max())
    margin = _MARGIN * (high - low or 1.0)
    limits = (low - margin, high + margin)
    axes.plot(limits, limits, color=theme.muted, linewidth=1.2)
    measured, predicted = (sign * found.measured).numpy(), (sign * found.predicted).numpy()
    axes.errorbar(
        measured,
        predicted,
        found.deviation.numpy(),
        fmt="o",
        markersize=4.5,
        color=theme.best,
        ecolor=theme.muted,
        linewidth=1.0,
    )
    axes.set_xlim(limits)
    axes.set_ylim(limits)
