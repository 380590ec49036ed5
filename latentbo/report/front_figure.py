"""The figures of a Pareto front: the strings by their scores, and the hypervolume they bought."""

import math
from itertools import combinations
from statistics import quantiles

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from latentbo.ledger.record import INITIAL
from latentbo.report.axes import new_figure, one_line, png_of, style_axes
from latentbo.report.front import Front, Member
from latentbo.report.run import Run
from latentbo.report.summary import format_number
from latentbo.report.theme import LIGHT, Theme

_WIDTH = 8.0  # inches
_SINGLE, _PANEL, _HEAD, _FOOT = 5.0, 2.75, 0.8, 0.2
_DOTS = 160
_COLUMNS = 3


def front_height(front: Front) -> int:
    """The height of the figure of the front in pixels; the width is that of all figures."""
    return round(_inches(front) * _DOTS)


def _inches(front: Front) -> float:
    if len(front.names) == 2:
        return _SINGLE
    return _HEAD + _FOOT + _PANEL * math.ceil(math.comb(len(front.names), 2) / _COLUMNS)


def front_png(run: Run, front: Front, theme: Theme = LIGHT) -> bytes:
    """Draws the strings by their scores, one panel for each two terms.

    With two terms the front is a staircase, and what it dominates above the reference is shaded.

    Args:
        run: The run.
        front: Its front.
        theme: The colours.

    Returns:
        The PNG file, without date and version.
    """
    height = _inches(front)
    figure = new_figure(_WIDTH, height, theme)
    pairs = list(combinations(range(len(front.names)), 2))
    columns = min(len(pairs), _COLUMNS)
    panels = figure.subplots(math.ceil(len(pairs) / columns), columns, squeeze=False).ravel()
    wide = 0.09 if columns == 1 else 0.075
    figure.subplots_adjust(wide, 0.62 / height, 0.975, 1 - _HEAD / height, wspace=0.3, hspace=0.32)
    for axes, pair in zip(panels, pairs, strict=False):
        _draw_panel(axes, front, pair, theme)
    for axes in panels[len(pairs) :]:
        axes.set_visible(False)
    _title(figure, f"Pareto front · {one_line(run.objective, 50)}", height, wide, theme)
    _legend(figure, panels[0], height, theme)
    return png_of(figure)


def _title(figure: Figure, text: str, height: float, left: float, theme: Theme) -> None:
    figure.text(left, 1 - 0.22 / height, text, va="center", color=theme.ink, size=12, weight="bold")


def _legend(figure: Figure, axes: Axes, height: float, theme: Theme) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="center right",
        bbox_to_anchor=(0.985, 1 - 0.55 / height),
        ncols=len(labels),
        frameon=False,
        fontsize=9,
        labelcolor=theme.ink,
        columnspacing=1.2,
        handletextpad=0.3,
    )


def _draw_panel(axes: Axes, front: Front, pair: tuple[int, int], theme: Theme) -> None:
    """The strings by two of their scores."""
    style_axes(axes, theme)
    axes.grid(axis="x", color=theme.faint, linewidth=0.8)
    x, y = pair
    axes.set_xlabel(_label(front, x), color=theme.muted, fontsize=9.5)
    axes.set_ylabel(_label(front, y), color=theme.muted, fontsize=9.5)
    _draw_dots(axes, front, pair, theme)
    axes.set_xlim(*_limits(front, x))
    axes.set_ylim(*_limits(front, y))
    if len(front.names) == 2:
        _draw_staircase(axes, front, theme)
    for line, place in ((axes.axvline, x), (axes.axhline, y)):
        line(front.references[place], color=theme.muted, linewidth=1.0, linestyle=":", zorder=2)
    axes.plot(
        *([front.references[x]], [front.references[y]]),
        linestyle="none",
        marker="+",
        markersize=9,
        color=theme.muted,
        zorder=3,
        clip_on=False,
        label="reference",
    )


def _label(front: Front, place: int) -> str:
    name = one_line(front.names[place], 28)
    return f"{name} (score)" if front.is_transformed[place] else name


def _draw_dots(axes: Axes, front: Front, pair: tuple[int, int], theme: Theme) -> None:
    initial = [each for each in front.points if _is_initial(each) and not each.is_front]
    others = [each for each in front.points if not _is_initial(each) and not each.is_front]
    size = 15 if len(front.names) == 2 else 9
    for rows, colour, name in (
        (initial, theme.mean, "initial"),
        (others, theme.muted, "proposed"),
    ):
        xs, ys = ([each.scores[place] for each in rows] for place in pair)
        axes.scatter(xs, ys, s=size, color=colour, alpha=0.75, linewidths=0, zorder=3, label=name)
    for rows, colour in (
        ([each for each in front.members if not _is_initial(each)], theme.best),
        ([each for each in front.members if _is_initial(each)], theme.mean),
    ):
        xs, ys = ([each.scores[place] for each in rows] for place in pair)
        # An initial molecule of the front keeps its colour inside.
        axes.scatter(
            *(xs, ys),
            s=2.2 * size,
            color=colour,
            edgecolors=theme.best,
            linewidths=1.6 if size > 9 else 0.8,
            zorder=5,
            label="front" if colour == theme.best else None,
        )


def _draw_staircase(axes: Axes, front: Front, theme: Theme) -> None:
    """The edge of what two terms of the front dominate, and its area above the reference."""
    corners = sorted({each.scores for each in front.members})
    if not corners:
        return
    left, bottom = axes.get_xlim()[0], axes.get_ylim()[0]
    xs = [left, *(x for x, _ in corners), corners[-1][0]]
    ys = [corners[0][1], *(y for _, y in corners), bottom]
    # Up to x the highest score of the second term is that of the next member to the right.
    axes.step(xs, ys, where="pre", color=theme.best, linewidth=1.6, zorder=4)
    x0, y0 = front.references
    above = [(x, y) for x, y in corners if x > x0 and y > y0]
    if above:
        axes.fill_between(
            [x0, *(x for x, _ in above)],
            y0,
            [above[0][1], *(y for _, y in above)],
            step="pre",
            color=theme.best,
            alpha=0.08,
            linewidth=0,
            zorder=1,
        )


def _is_initial(member: Member) -> bool:
    return member.evaluation.origin == INITIAL


def _limits(front: Front, place: int) -> tuple[float, float]:
    """Ends of an axis: with the reference and the front; terrible scores lie outside."""
    reference = front.references[place]
    scores = [each.scores[place] for each in front.points] or [reference]
    kept = [reference, *(each.scores[place] for each in front.members)]
    low, high = min(kept), max(*kept, *scores)
    if len(scores) > 1:
        tenth = quantiles(scores, n=20, method="inclusive")[0]
        low = min(low, max(min(scores), tenth - (high - tenth)))
    span = high - low or max(abs(low), 1.0) * 0.1
    return low - 0.05 * span, high + 0.05 * span


def hypervolume_png(run: Run, front: Front, theme: Theme = LIGHT) -> bytes | None:
    """Draws the hypervolume against the calls; None where there are too many terms for one."""
    if front.volumes is None:
        return None
    height = 3.2
    figure = new_figure(_WIDTH, height, theme)
    axes = figure.add_axes((0.09, 0.56 / height, 0.8, 1 - 1.1 / height))
    style_axes(axes, theme)
    axes.set_xlabel("oracle calls", color=theme.muted, fontsize=9.5)
    _title(figure, "Hypervolume of the Pareto front", height, 0.09, theme)
    end = max(len(run.finished), 1)
    axes.set_xlim(0, end + 0.5)
    if run.initial:
        axes.axvspan(0, len(run.initial) + 0.5, color=theme.faint, alpha=0.5, linewidth=0, zorder=0)
        axes.annotate(
            *("initial pool", (0, 1)),
            xytext=(2, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            color=theme.muted,
            fontsize=8.5,
        )
    calls = [0, *(each.evaluation.call for each in front.points), end]
    volumes = [0.0, *front.volumes, front.volume or 0.0]
    axes.step(calls, volumes, where="post", color=theme.best, linewidth=2.2, zorder=4)
    axes.set_ylim(0, 1.08 * (front.volume or 1.0))
    axes.annotate(
        *(format_number(front.volume), (end, volumes[-1])),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        color=theme.best,
        fontsize=9,
        weight="bold",
        annotation_clip=False,
    )
    return png_of(figure)
