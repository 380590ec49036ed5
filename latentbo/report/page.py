"""The page `report.html`: one file, no script, nothing loaded from elsewhere."""

__all__ = ["render_page"]

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from latentbo.optimizer.record import Status
from latentbo.report.convergence import convergence_png
from latentbo.report.hits import Hit
from latentbo.report.run import Run
from latentbo.report.summary import TOP, count_origins, format_number, labelled_line, summarize
from latentbo.report.theme import DARK, LIGHT
from latentbo.report.view import View
from latentbo.report.views import view_of

NUM_CARDS = 24
_NUM_REASONS = 10
_HEADLINE = ("task", "model", "seed", "budget", "batch_size", "initial")


def render_page(run: Run, hits: Sequence[Hit], convergence: bytes) -> str:
    """The text of `report.html`.

    Args:
        run: The run.
        hits: Its evaluated strings, best first.
        convergence: The convergence figure on a light ground, a PNG file.
    """
    reasons = Counter(hit.fields()["message"] for hit in hits if _failed(hit))
    view = view_of(run)
    return (
        _environment()
        .get_template("report.html")
        .render(
            run=run,
            view=view,
            draw=partial(view.draw, run),
            summary=summarize(run),
            labelled=labelled_line(run.labelled) if run.labelled else "",
            top=TOP,
            headline=_chosen(run.config),
            settings=list(_flatten(run.config)),
            command=_command(run.config.get("command")),
            origins=count_origins(run),
            reasons=reasons.most_common(_NUM_REASONS),
            hits=[hit for hit in hits if not _failed(hit)][:NUM_CARDS],
            figures=_figures(run, view, convergence),
        )
    )


def _figures(run: Run, view: View, convergence: bytes) -> list[dict[str, str | int]]:
    """The figures of the page: heading, addresses on light and dark ground, texts."""
    figures: list[dict[str, str | int]] = [
        {
            "title": "Convergence",
            "height": 672,
            "light": _data_uri(convergence),
            "dark": _data_uri(convergence_png(run, DARK)),
            "text": f"Best value and top-{TOP} mean against the number of oracle calls",
            "caption": "Dots are single calls, orange ticks along the bottom failed ones. Values "
            "far below the curves lie outside the figure.",
        }
    ]
    if view.figure is not None:
        figures.append(
            {
                "title": view.figure.title,
                "height": view.figure.height,
                "light": _data_uri(view.figure.draw(run, LIGHT)),
                "dark": _data_uri(view.figure.draw(run, DARK)),
                "text": view.figure.title,
                "caption": view.figure.caption,
            }
        )
    return figures


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("latentbo.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = format_number
    return environment


def _failed(hit: Hit) -> bool:
    return hit.evaluation.status is Status.FAILED


def _chosen(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings that identify a run."""
    shown = dict(config)
    if shown.get("model", "") is None:
        shown["model"] = "the one that ships"
    return [(name.replace("_", " "), _show(shown[name])) for name in _HEADLINE if name in shown]


def _flatten(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """All settings but the command, nested ones with dotted names."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        elif f"{prefix}{name}" != "command":
            yield f"{prefix}{name}", _show(value)


def _show(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _command(command: Any) -> str:
    return " ".join(map(str, command)) if isinstance(command, list) else str(command or "")


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"
