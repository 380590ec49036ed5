"""Style of the studies' figures: colours, frames, points with bars of errors."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from study.table import Cell

INK, MUTED, FAINT = "#1b2230", "#667085", "#e6e9ef"


def png(figure: Figure) -> bytes:
    """Return the figure as the content of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, dpi=150)
    return file.getvalue()


def plain(axes: Axes, grid: Literal["both", "x", "y"] = "both") -> None:
    """Draw no more round the data than is needed."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelcolor=INK)
    axes.grid(axis=grid, color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)


def lines_below(axes: Axes, labels: Iterable[str]) -> None:
    """Give each label a line of the axes, the first on top."""
    names = list(labels)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def mark(label: str, marker: str, color: str, filled: bool = True, **style: Any) -> Line2D:
    """Return the entry of a marker for a legend."""
    face = color if filled else "white"
    style = {"linestyle": "", "markerfacecolor": face, **style}
    return Line2D([], [], marker=marker, color=color, label=label, **style)


def bars(axes: Axes, places: Sequence[float], cells: Sequence[Cell], **style: Any) -> None:
    """Draw means against places, a bar an error; a missing value leaves a gap."""
    means = [float("nan") if cell.mean is None else cell.mean for cell in cells]
    axes.errorbar(places, means, [cell.error or 0.0 for cell in cells], **style)


def point(axes: Axes, height: float, cell: Cell, filled: bool = True, **style: Any) -> None:
    """Draw a mean on a line of the axes, its error to both sides; nothing for a missing value."""
    if cell.mean is not None:
        face = style["color"] if filled else "white"
        axes.errorbar(cell.mean, height, xerr=cell.error, markerfacecolor=face, **style)
