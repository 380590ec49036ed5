"""Strings in the reports as they are written, for tasks without a view of their own."""

from markupsafe import Markup, escape

from latentbo.report.run import Run
from latentbo.report.view import Measure, View

# Of the letters of a drawing, in pixels.
_WIDTH, _HEIGHT = 9, 18


def plain_view(noun: str, column: str) -> View:
    """Return a view that shows strings as text, with their lengths.

    Args:
        noun: What a string stands for.
        column: Of the strings in `hits.csv`.
    """
    return View(
        noun=f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}",
        column=column,
        heading=noun,
        measures=(Measure("length", "length", "d", "d"),),
        measure=lambda string: (len(string),),
        drawing="Text",
        draw=_text_svg,
        notes="Length: characters of the string.",
    )


def _text_svg(run: Run, string: str, width: int, height: int) -> Markup:
    """A string in lines of a fixed width as SVG; of one that is too long, the beginning."""
    del run
    per_line = max(1, width // _WIDTH - 2)
    lines = [string[start : start + per_line] for start in range(0, len(string), per_line)]
    most = max(1, height // _HEIGHT)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][:-1]}…"]
    top = (height - _HEIGHT * len(lines)) / 2
    texts = (
        f"<text x='{_WIDTH}' y='{top + _HEIGHT * (row + 0.75):g}'>{escape(line)}</text>"
        for row, line in enumerate(lines)
    )
    style = "font:14px monospace;white-space:pre;fill:var(--text,#1b2230)"
    start = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'"
    return Markup(f"{start} style='{style}'>{''.join(texts)}</svg>")  # noqa: S704 (escaped above)
