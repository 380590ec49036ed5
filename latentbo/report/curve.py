"""An expression's curve as inline SVG, over the curve it is to fit."""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from latentbo.objectives.arithmetic import evaluate_expression
from latentbo.objectives.expressions import POINTS, TARGET_EXPRESSION
from latentbo.parsing import ParseError

# Enough for the target's last swings, 0.3 wide.
_POINTS = np.linspace(POINTS[0], POINTS[-1], 601)
_BOTTOM, _TOP = -13.0, 13.0


def curve_svg(expression: str, target: bool, width: int, height: int) -> Markup:
    """Draws an expression over the range of the objective `target-fit`.

    The SVG holds numbers and colours only, no text of the caller's, so it is safe in a page; the
    colours are CSS properties of the page.

    Args:
        expression: The expression; nothing is drawn of what is no arithmetic.
        target: Whether to draw the target's curve behind it.
        width: Width in pixels.
        height: Height in pixels.
    """
    middle = round(_TOP / (_TOP - _BOTTOM) * height, 1)
    parts = [_line(f"M0 {middle}H{width}", "line", "#e3e6ec", 1)]
    if target:
        parts.append(_line(_path(TARGET_EXPRESSION, width, height), "soft", "#5b6577", 1))
    parts.append(_line(_path(expression, width, height), "accent", "#0072b2", 1.8))
    start = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'>"
    return Markup(f"{start}{''.join(parts)}</svg>")  # noqa: S704 (see above)


def _path(expression: str, width: int, height: int) -> str:
    """Path data, interrupted where the curve is undefined; a bit more than the frame is drawn."""
    try:
        values = evaluate_expression(expression, _POINTS)
    except ParseError:
        return ""
    span = _TOP - _BOTTOM
    rows = np.clip((_TOP - values) / span, -1.0, 2.0) * height
    columns = np.linspace(0.0, width, len(_POINTS))
    return "".join(_segment(columns, rows, part) for part in _defined(rows))


def _defined(rows: NDArray[np.float64]) -> list[slice]:
    """The runs of points that have a value."""
    edges = np.flatnonzero(np.diff(np.isfinite(rows), prepend=False, append=False))
    return [slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _segment(columns: NDArray[np.float64], rows: NDArray[np.float64], part: slice) -> str:
    points = (f"{x:.1f} {y:.1f}" for x, y in zip(columns[part], rows[part], strict=True))
    return f"M{'L'.join(points)}"


def _line(path: str, ink: str, colour: str, width: float) -> str:
    style = f"fill:none;stroke:var(--{ink},{colour});stroke-width:{width};stroke-linejoin:round"
    return f"<path d='{path}' style='{style}' />"
