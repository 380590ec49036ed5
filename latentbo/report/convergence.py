"""The convergence figure: what the calls bought, against the calls."""

import math
from collections.abc import Sequence
from statistics import median, quantiles

from matplotlib.axes import Axes

from latentbo.report.axes import new_figure, one_line, png_of, style_axes
from latentbo.report.curves import best_so_far, top_mean
from latentbo.report.run import Run
from latentbo.report.summary import TOP, format_number, summarize
from latentbo.report.theme import LIGHT, Theme
from latentbo.report.value_scale import ValueScale

_WIDTH, _HEIGHT = 8.0, 4.2  # inches


def convergence_png(run: Run, theme: Theme = LIGHT) -> bytes:
    """Draws the best value and the top-ten mean against the calls.

    Dots are single calls, the dotted line is the best starting string, a second one the best of the
    labelled data if there are any, the shade ends with the initial pool, and ticks along the bottom
    are failed calls. Equal runs give equal bytes.

    Args:
        run: The run, which may be empty.
        theme: Its colours.

    Returns:
        The PNG file, without date and version.
    """
    figure = new_figure(_WIDTH, _HEIGHT, theme)
    axes = figure.add_axes((0.075, 0.135, 0.71, 0.735))
    _style(axes, run, theme)
    _draw_calls(axes, run, theme)
    _draw_curves(axes, run, theme)
    return png_of(figure)


def _style(axes: Axes, run: Run, theme: Theme) -> None:
    style_axes(axes, theme)
    axes.set_xlabel("oracle calls", color=theme.muted, fontsize=9.5)
    axes.set_title(
        one_line(run.objective), loc="left", color=theme.ink, fontsize=12, weight="bold", pad=16
    )
    axes.set_xlim(0, max(len(run.finished), 1) + 0.5)


def _draw_calls(axes: Axes, run: Run, theme: Theme) -> None:
    """The initial pool's shade, one dot per value, one tick per failure."""
    if run.initial:
        end = len(run.initial) + 0.5
        axes.axvspan(0, end, color=theme.faint, alpha=0.5, linewidth=0, zorder=0)
        axes.annotate(
            "initial pool",
            (0, 1),
            xytext=(2, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            color=theme.muted,
            fontsize=8.5,
        )
    dots = [(row.call, row.value) for row in run.finished if row.value is not None]
    failed = [row.call for row in run.finished if row.value is None]
    axes.scatter(
        [call for call, _ in dots],
        [value for _, value in dots],
        s=9,
        color=theme.muted,
        alpha=0.45,
        linewidths=0,
        zorder=2,
    )
    axes.plot(
        failed,
        [0.012] * len(failed),
        linestyle="none",
        marker="|",
        markersize=7,
        color=theme.mean,
        transform=axes.get_xaxis_transform(),
        zorder=3,
    )


def _draw_curves(axes: Axes, run: Run, theme: Theme) -> None:
    values = run.values
    summary = summarize(run)
    if summary.best is None or summary.top_mean is None:
        axes.text(
            *(0.5, 0.5, "no value yet"),
            ha="center",
            color=theme.muted,
            transform=axes.transAxes,
        )
        axes.set_yticks([])
        return
    calls = [row.call for row in run.finished]
    best, mean = best_so_far(values), top_mean(values, TOP)
    axes.plot(calls, mean, color=theme.mean, linewidth=1.8, linestyle=(0, (4, 1.2)), zorder=4)
    axes.step(calls, best, where="post", color=theme.best, linewidth=2.4, zorder=5)
    labels = [
        (summary.best, "best found", theme.best),
        (summary.top_mean, f"top-{TOP} mean", theme.mean),
    ]
    if summary.best_initial is not None:
        axes.axhline(summary.best_initial, color=theme.ink, linewidth=1.1, linestyle=":", zorder=3)
        labels.append((summary.best_initial, "best initial", theme.ink))
    bottom, top = _limits([value for value in values if value is not None])
    if summary.labelled is not None and summary.labelled.best is not None:
        top = max(top, summary.labelled.best + 0.08 * (top - bottom))
        axes.axhline(summary.labelled.best, color=theme.muted, linewidth=1.1, linestyle="-.")
        labels.append((summary.labelled.best, "best labelled", theme.muted))
    axes.set_ylim(bottom, top)
    if run.scale.is_minimized:
        # Better is higher here too; the numbers are the user's.
        axes.yaxis.set_major_formatter(lambda value, _: format_number(run.scale.number(value)))
    _label_ends(axes, labels, run.scale)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Bottom and top: terrible values, and curves that start from them, are cut off below."""
    high = low = max(values)
    if len(values) > 1:
        tenth = quantiles(values, n=10, method="inclusive")[0]
        low = max(tenth, high - 3 * (high - median(values)))
    span = high - low or max(abs(low), 1.0) * 0.1
    return low - 0.08 * span, high + 0.08 * span


def _label_ends(axes: Axes, labels: list[tuple[float, str, str]], scale: ValueScale) -> None:
    """Names the lines at their right ends, pushed apart from above where they are close."""
    bottom, top = axes.get_ylim()
    free = math.inf
    for value, name, colour in sorted(labels, key=lambda label: -label[0]):
        middle = min(max((value - bottom) / (top - bottom), 0.0), free)
        free = middle - 0.06
        axes.annotate(
            f"{format_number(scale.number(value))}  {name}",
            (1, middle),
            xytext=(8, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
            weight="bold",
        )
