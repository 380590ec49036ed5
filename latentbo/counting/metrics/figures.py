"""Figures of counting: predictions per requested count, and extrapolation beyond training.

matplotlib is imported in the functions, because it is slow to import.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

from latentbo.errors import InputError

INK, MUTED, FAINT, SURFACE = "#1b2230", "#667085", "#e6e9ef", "#ffffff"
# From the colour-blind safe set of Okabe and Ito: right, and wrong.
RIGHT, WRONG = "#0072b2", "#e69f00"
# A set of samples -> its colour, in this order.
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def count_histograms(tables: Tensor, class_names: Sequence[str], title: str) -> bytes:
    """Draw the histogram of predicted counts per class and requested count (figure 3.7).

    Args:
        tables: A `k x m x m`-dim tensor, as from `count_table`.
        class_names: Of the k classes.
        title: Title of the figure, with the images and the counter.

    Returns:
        A PNG file.

    Raises:
        InputError: If tables and names do not fit each other.
    """
    if tables.ndim != 3 or len(tables) != len(class_names) or not tables.numel():
        raise InputError(
            f"tables have shape {tuple(tables.shape)} and there are {len(class_names)} class "
            f"names; give k x m x m counts and k names"
        )
    asked = [count for count in range(tables.shape[1]) if int(tables[:, count].sum())]
    figure = _figure(1.5 * max(len(asked), 4) + 1.3, 1.35 * len(class_names) + 1.1)
    grid = figure.subplots(len(class_names), max(len(asked), 1), squeeze=False, sharex=True)
    for row, name in enumerate(class_names):
        for column, count in enumerate(asked):
            axes = grid[row][column]
            _bars(axes, tables[row, count].double(), count)
            if row == 0:
                axes.set_title(f"asked {count}", fontsize=9.5, color=INK)
        grid[row][0].set_ylabel(name, fontsize=10, color=INK)
    height = figure.get_size_inches()[1]
    figure.subplots_adjust(
        left=0.11, right=0.98, bottom=0.5 / height, top=1 - 0.85 / height, wspace=0.2, hspace=0.3
    )
    figure.text(0.02, 1 - 0.25 / height, title, fontsize=12, weight="bold", color=INK, va="center")
    figure.text(
        0.5, 0.15 / height, "counted (percent of the images asked for)", ha="center", color=MUTED
    )
    return _png(figure)


def extrapolation_figure(
    numbers: Mapping[str, Mapping[int, float]], largest_trained: int, name: str, title: str
) -> bytes:
    """Draw a number against the requested count of one class, also beyond training (figure 3.8).

    Args:
        numbers: Name of a line -> requested count -> value.
        largest_trained: Largest count in training: a line is dashed beyond it.
        name: Label of the axis of values.
        title: Title of the figure.

    Returns:
        A PNG file.

    Raises:
        InputError: If there are no lines, or too many.
    """
    if not 0 < len(numbers) <= len(LINES):
        raise InputError(f"{len(numbers)} lines cannot be drawn; give 1 to {len(LINES)}")
    figure = _figure(5.6, 3.6)
    axes = figure.add_axes((0.12, 0.15, 0.84, 0.66))
    for (label, values), colour in zip(numbers.items(), LINES, strict=False):
        known = sorted(count for count in values if count <= largest_trained)
        beyond = [count for count in sorted(values) if count >= max(known, default=0)]
        axes.plot(known, [values[c] for c in known], "-o", color=colour, label=label, markersize=4)
        axes.plot(beyond, [values[c] for c in beyond], "--o", color=colour, markersize=4)
    counts = sorted({count for values in numbers.values() for count in values})
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_xlabel("asked count (dashed: more than in training)", fontsize=9.5, color=MUTED)
    axes.set_ylabel(name, fontsize=9.5, color=MUTED)
    axes.legend(frameon=False, fontsize=9)
    _style(axes)
    figure.text(0.03, 0.93, title, fontsize=12, weight="bold", color=INK, va="center")
    return _png(figure)


def _bars(axes: Any, found: Tensor, right: int) -> None:
    shares = (100 * found / found.sum().clamp_min(1)).tolist()
    colours = [RIGHT if told == right else WRONG for told in range(len(shares))]
    axes.bar(range(len(shares)), shares, color=colours, width=0.8)
    axes.set_ylim(0, 118)
    axes.set_xticks(range(len(shares)))
    axes.set_yticks([])
    for told, share in enumerate(shares):
        if share >= 0.5:
            axes.text(told, share + 3, f"{share:.0f}", ha="center", fontsize=7.5, color=INK)
    _style(axes)


def _style(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(colors=MUTED, labelsize=8, length=0)


def _figure(width: float, height: float) -> Any:
    figure = Figure(figsize=(width, height), dpi=130, facecolor=SURFACE)
    FigureCanvasAgg(figure)
    return figure


def _png(figure: Any) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
