"""Plots of all strings of a run as inline SVG: a dot each, colour by value, shape by origin.

The dots of one colour and one shape are one path, so that 20,000 of them are a few hundred
kilobytes, and the page's style sheet colours them for light and dark ground.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator

from latentbo.report.rows import KINDS, Kind, Row

NUM_COLOURS = 10
# Free space left of, right of, above and below the dots, in pixels.
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 14, 12, 40
_TICKS = 5
# A dot's path after the command that moves to its middle, by its kind.
_SHAPES = {
    Kind.GIVEN: "m-3.5-3.5h7v7h-7z",
    Kind.INITIAL: "m0-4.5l4.5 4.5-4.5 4.5-4.5-4.5z",
    Kind.PROPOSED: "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0",
    Kind.OWN: "m0-4.5l4.5 8h-9z",
    Kind.PENDING: "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0",
}


@dataclass(frozen=True)
class DotPlot:
    """A plot.

    Args:
        name: Of its figure in the page.
        title: Its heading.
        svg: The plot.
        places: Of `n` rows, `x` and `y` in pixels of the SVG; None for a row that is not there.
    """

    name: str
    title: str
    svg: Markup
    places: list[tuple[int, int] | None]


@dataclass(frozen=True)
class Axis:
    """An axis.

    Args:
        label: What it is; empty: nothing is written at it.
        low: Where it begins.
        high: Where it ends.
    """

    label: str
    low: float
    high: float

    @property
    def ticks(self) -> list[float]:
        """Round numbers on it."""
        if not self.label:
            return []
        found = MaxNLocator(_TICKS, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high)
        return [float(tick) for tick in found if self.low <= tick <= self.high]


def axis_over(label: str, numbers: Sequence[float], margin: float = 0.04) -> Axis:
    """An axis that holds all numbers, with some margin."""
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    span = high - low or max(abs(low), 1.0) * 0.1
    return Axis(label, low - margin * span, high + margin * span)


def value_limits(values: Sequence[float]) -> tuple[float, float]:
    """The least and the best value that plots show: terrible values lie outside.

    Args:
        values: As the run maximises them.
    """
    if not values:
        return 0.0, 1.0
    high = max(values)
    return max(min(values), high - 3 * (high - median(values))), high


def dot_plot(
    name: str,
    title: str,
    rows: Sequence[Row],
    xs: Sequence[float | None],
    ys: Sequence[float | None],
    axes: tuple[Axis, Axis],
    limits: tuple[float, float],
    size: tuple[int, int],
) -> DotPlot:
    """Draw the rows as dots.

    Args:
        name: Of its figure in the page.
        title: Its heading.
        rows: n strings.
        xs: n places on the first axis, None for rows that are left out.
        ys: n places on the second axis.
        axes: Both axes.
        limits: The least and the best value, for the colours.
        size: Width and height in pixels.
    """
    width, height = size
    left = _LEFT if axes[1].label else _RIGHT
    bottom = _BOTTOM if axes[0].label else _TOP
    scale_x = (width - left - _RIGHT) / (axes[0].high - axes[0].low)
    scale_y = (height - _TOP - bottom) / (axes[1].high - axes[1].low)

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (x - axes[0].low) * scale_x, height - bottom - (y - axes[1].low) * scale_y

    places: list[tuple[int, int] | None] = []
    paths: dict[tuple[int, Kind], list[str]] = defaultdict(list)
    for row, x, y in zip(rows, xs, ys, strict=True):
        if x is None or y is None or not axes[1].low <= y <= axes[1].high:
            places.append(None)
            continue
        at, down = place(x, y)
        places.append((round(at), round(down)))
        colour = colour_of(row.value, limits)
        paths[colour, row.kind].append(f"M{at:.1f} {down:.1f}{_SHAPES[row.kind]}")
    # The best are drawn last, upon the others.
    marks = "".join(
        f"<path class='{_class(colour, kind)}' d='{''.join(reversed(found))}'/>"
        for (colour, kind), found in sorted(paths.items(), key=lambda item: item[0][0])
    )
    lines, texts = [], []
    for tick in axes[1].ticks:
        down = place(0, tick)[1]
        lines.append(f"M{left} {down:.1f}H{width - _RIGHT}")
        texts.append(_text(left - 7, down + 4, _number(tick), "end"))
    for tick in axes[0].ticks:
        at = place(tick, 0)[0]
        lines.append(f"M{at:.1f} {height - bottom}v4")
        texts.append(_text(at, height - bottom + 17, _number(tick)))
    if axes[0].label:
        texts.append(_text((left + width - _RIGHT) / 2, height - 6, axes[0].label))
    if axes[1].label:
        middle = (height - bottom + _TOP) / 2
        turned = f" transform='rotate(-90 12 {middle:g})'"
        texts.append(_text(12, middle, axes[1].label, "middle", turned))
    frame = f"<path class='grid' d='{''.join(lines)}'/>" if lines else ""
    start = Markup("<svg class='dots' viewBox='0 0 {} {}' role='img' aria-label='{}'>")
    drawn = Markup(f"{frame}{marks}{''.join(texts)}</svg>")  # noqa: S704 (texts are escaped)
    return DotPlot(name, title, start.format(width, height, title) + drawn, places)


def colour_of(value: float | None, limits: tuple[float, float]) -> int:
    """The number of a value's colour, the best one's the highest; -1 without a value."""
    if value is None:
        return -1
    low, high = limits
    part = (value - low) / (high - low) if high > low else 1.0
    return min(max(int(part * NUM_COLOURS), 0), NUM_COLOURS - 1)


def _class(colour: int, kind: Kind) -> str:
    return "ring" if kind is Kind.PENDING else "none" if colour < 0 else f"v{colour}"


def _text(x: float, y: float, text: str, anchor: str = "middle", further: str = "") -> Markup:
    start = f"<text x='{x:.0f}' y='{y:.0f}' text-anchor='{anchor}'{further}>"
    return Markup(start) + text + Markup("</text>")  # noqa: S704 (numbers; the text is escaped)


def _number(number: float) -> str:
    return f"{number:.6g}".replace("-", "−")


def legend_shapes(kinds: Sequence[Kind]) -> list[tuple[Markup, str]]:
    """A drawing and a name for each kind."""
    return [
        (
            Markup(  # noqa: S704 (our own)
                f"<svg class='dots key' viewBox='0 0 14 14' aria-hidden='true'>"
                f"<path class='{'ring' if kind is Kind.PENDING else 'plain'}' "
                f"d='M7 7{_SHAPES[kind]}'/></svg>"
            ),
            KINDS[kind],
        )
        for kind in kinds
    ]


def colour_sheet() -> Markup:
    """CSS properties with the colours of values: on any ground the best stand out."""
    viridis = mpl.colormaps["viridis"]
    steps = [(number + 0.5) / NUM_COLOURS for number in range(NUM_COLOURS)]
    light = (f"--v{i}:{to_hex(viridis(0.92 * (1 - step)))}" for i, step in enumerate(steps))
    dark = (f"--v{i}:{to_hex(viridis(0.1 + 0.9 * step))}" for i, step in enumerate(steps))
    used = "".join(f".v{i}{{fill:var(--v{i});background:var(--v{i})}}" for i in range(NUM_COLOURS))
    return Markup(  # noqa: S704 (our own)
        f":root{{{';'.join(light)}}}\n@media screen and (prefers-color-scheme:dark)"
        f"{{:root{{{';'.join(dark)}}}}}\n{used}"
    )
