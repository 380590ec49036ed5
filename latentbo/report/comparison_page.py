"""The page `comparison.html`: one file, no script; it links to the reports of its runs."""

import os
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from latentbo.report.comparison import Comparison
from latentbo.report.comparison_figure import FIGURE_WIDTH, comparison_png, style_of
from latentbo.report.groups import Member
from latentbo.report.page import data_uri, page_environment
from latentbo.report.quality import NUM_BEST
from latentbo.report.theme import DARK, LIGHT


def render_comparison(comparison: Comparison, png: bytes, directory: Path) -> str:
    """The text of `comparison.html`.

    Args:
        comparison: What to show.
        png: The figure on a light ground, a PNG file.
        directory: Where the page will lie; links to the runs' reports are relative to it.
    """
    numbered = any(len(group.members) > 1 for group in comparison.groups)
    height = int.from_bytes(png[20:24], "big")  # of the PNG header
    return (
        page_environment()
        .get_template("comparison.html")
        .render(
            comparison=comparison,
            themes={"light": LIGHT.series, "dark": DARK.series},
            swatch=_swatch,
            link=lambda member: _link(member, directory),
            light=data_uri(png),
            dark=data_uri(comparison_png(comparison, DARK)),
            num_best=NUM_BEST,
            size=(FIGURE_WIDTH, height),
            has_bands=numbered,
            is_negative=_is_negative(comparison),
        )
    )


def _is_negative(comparison: Comparison) -> bool:
    """Whether a value is below 0, where the areas start."""
    return any(
        row.value is not None and row.value < 0
        for group in comparison.groups
        for run in group.runs
        for row in run.finished
    )


def _link(member: Member, directory: Path) -> str:
    """The address of a run's own report; empty if it has none."""
    report = member.directory.resolve() / "report.html"
    if not report.is_file():
        return ""
    try:
        relative = os.path.relpath(report, directory.resolve())
    except ValueError:  # on another drive
        return report.as_uri()
    return quote(Path(relative).as_posix())


def _swatch(place: int) -> Markup:
    """A piece of a group's line as inline SVG; its colour is a CSS property of the page."""
    style = style_of(place)
    dashes = () if isinstance(style.dash, str) else style.dash[1]
    dash = " ".join(f"{2 * part:g}" for part in dashes) or "none"
    colour = f"var(--series-{style.colour})"
    line = f"<path d='M0 6H44' style='stroke:{colour};stroke-width:2.5;stroke-dasharray:{dash}' />"
    shape = f"<path d='{_SHAPES[style.marker]}' style='fill:{colour}' />"
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='44' height='12' viewBox='0 0 44 12'>"
    return Markup(f"{svg}{line}{shape}</svg>")  # noqa: S704 (numbers and our own words only)


#: The figure's markers as path data, around (22, 6).
_SHAPES = {
    "o": "M18 6a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z",
    "s": "M18.5 2.5h7v7h-7Z",
    "^": "M22 1.5L26.5 10H17.5Z",
    "D": "M22 1L27 6L22 11L17 6Z",
    "v": "M22 10.5L26.5 2H17.5Z",
    "P": "M20.5 1.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z",
    "X": "M18.5 2L22 4.5L25.5 2L26.5 3L24 6L26.5 9L25.5 10L22 7.5L18.5 10L17.5 9L20 6L17.5 3Z",
}
