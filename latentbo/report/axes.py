"""Shared style of the reports' figures."""

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from latentbo.report.theme import Theme

_DPI = 160


def new_figure(width: float, height: float, theme: Theme) -> Figure:
    """A figure of 160 dots per inch that needs no display, its size in inches."""
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor=theme.background)
    FigureCanvasAgg(figure)
    return figure


def style_axes(axes: Axes, theme: Theme) -> None:
    """Axes with lines for the values only, in the colours of a theme."""
    axes.set_facecolor(theme.background)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(theme.muted)
    axes.grid(axis="y", color=theme.faint, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=theme.muted, labelsize=9, length=0, pad=6)


def png_of(figure: Figure) -> bytes:
    """The figure as a PNG file, without date and version: equal figures give equal bytes."""
    stream = BytesIO()
    background = figure.get_facecolor()
    figure.savefig(stream, format="png", facecolor=background, metadata={"Software": None})
    return stream.getvalue()


def one_line(text: str, length: int = 70) -> str:
    """One line without mathtext, its end if it is long: a user's `$` is a dollar."""
    line = " ".join(text.split())
    shown = line if len(line) <= length else f"…{line[-length:]}"
    return shown.replace("$", r"\$")
