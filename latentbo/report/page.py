"""The page `report.html`: one file, nothing loaded from elsewhere.

It can be read as it is; a few lines of script sort its tables, and the page's policy (its
Content-Security-Policy) lets no other script run.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from latentbo.diagnostics.leave_one_out import LeaveOneOut
from latentbo.ledger.record import Status
from latentbo.report.convergence import convergence_png
from latentbo.report.front_figure import front_height, front_png, hypervolume_png
from latentbo.report.hits import Hit
from latentbo.report.quality import NUM_BEST, areas, best_strings, findings
from latentbo.report.run import Run
from latentbo.report.settings import flatten, show
from latentbo.report.summary import (
    TOP,
    budget_line,
    count_origins,
    format_number,
    front_line,
    labelled_line,
    summarize,
)
from latentbo.report.theme import DARK, LIGHT, Theme
from latentbo.report.trust import TRUST_HEIGHT, trust_of, trust_png
from latentbo.report.view import View
from latentbo.report.views import view_of

NUM_CARDS = 24
NUM_MEMBERS = 50
_NUM_REASONS = 10
_HEADLINE = ("task", "protocol", "preset", "model", "seed", "budget", "batch_size", "initial")


def render_page(run: Run, hits: Sequence[Hit], convergence: bytes) -> str:
    """The text of `report.html`.

    Args:
        run: The run.
        hits: Its evaluated strings, best first.
        convergence: The convergence figure on a light ground, a PNG file.
    """
    summary = summarize(run)
    reasons = Counter(hit.fields()["message"] for hit in hits if _failed(hit))
    view = view_of(run)
    chosen = {row.call for row in run.hits[:NUM_CARDS]}
    trust = trust_of(run)
    return (
        page_environment()
        .get_template("report.html")
        .render(
            run=run,
            view=view,
            draw=partial(view.draw, run),
            summary=summary,
            budget=budget_line(summary),
            labelled=labelled_line(run.labelled) if run.labelled else "",
            top=TOP,
            headline=_chosen(run.config),
            settings=list(flatten(run.config)),
            command=_command(run.config.get("command")),
            origins=count_origins(run),
            num_best=len(best_strings(run)),
            areas=areas(run),
            findings=findings(run, view),
            reasons=reasons.most_common(_NUM_REASONS),
            hits=[hit for hit in hits if hit.evaluation.call in chosen],
            listed=[hit for hit in hits if hit.evaluation.value is not None][:NUM_BEST],
            front=run.front,
            front_line=front_line(run.front) if run.front else "",
            num_members=NUM_MEMBERS,
            front_figures=_front_figures(run),
            figures=_figures(run, view, convergence) + _trust_figures(run, trust),
            trust=trust,
            censored=[row for row in run.ranked if row.bound],
            script=Markup(script()),  # noqa: S704 (our own)
            script_hash=_script_hash(),
        )
    )


def _front_figures(run: Run) -> list[dict[str, str | int]]:
    """The figures of a Pareto front, if there is one."""
    front = run.front
    if front is None:
        return []
    figures = [
        _figure(
            *("Pareto front", front_height(front), partial(front_png, run, front)),
            "Scores, all maximised. The blue line is the edge of what the front dominates, the "
            "shade its hypervolume above the reference. Scores far below lie outside the figure."
            if len(front.names) == 2
            else "Scores, all maximised, two terms a panel: what looks surpassed here is ahead in "
            "another term. Scores far below lie outside the figure.",
        )
    ]
    if front.volumes is not None:
        figures.append(
            _figure(
                *("Hypervolume", 512, partial(_hypervolume, run)),
                "The volume in the space of the scores between the reference and what the front "
                "dominates, against the number of oracle calls.",
            )
        )
    return figures


def _trust_figures(run: Run, trust: LeaveOneOut | None) -> list[dict[str, str | int]]:
    """The figure of predicted against measured values, where values are measured."""
    if trust is None:
        return []
    name = str(run.config.get("value_name") or "value")
    return [
        _figure(
            *("How far to trust the model", TRUST_HEIGHT, partial(trust_png, trust, name)),
            f"{trust.line}. Each measured molecule as it is predicted from all the others, with "
            f"one standard deviation to each side; the line is a perfect prediction.",
        )
    ]


def _hypervolume(run: Run, theme: Theme) -> bytes:
    drawn = hypervolume_png(run, run.front, theme) if run.front else None
    return drawn or b""


def _figure(
    title: str, height: int, draw: Callable[[Theme], bytes], caption: str
) -> dict[str, str | int]:
    return {
        "title": title,
        "height": height,
        "light": data_uri(draw(LIGHT)),
        "dark": data_uri(draw(DARK)),
        "text": title,
        "caption": caption,
    }


@cache
def script() -> str:
    """The page's script: what stands between its tags, and nothing else may run."""
    return files("latentbo.report").joinpath("templates/report.js").read_text(encoding="utf-8")


@cache
def _script_hash() -> str:
    return b64encode(sha256(script().encode()).digest()).decode()


def _figures(run: Run, view: View, convergence: bytes) -> list[dict[str, str | int]]:
    """The figures of the page: heading, addresses on light and dark ground, texts."""
    figures: list[dict[str, str | int]] = [
        {
            "title": "Convergence",
            "height": 672,
            "light": data_uri(convergence),
            "dark": data_uri(convergence_png(run, DARK)),
            "text": f"Best value and top-{TOP} mean against the number of oracle calls",
            "caption": "Dots are single calls, orange ticks along the bottom failed ones. Values "
            "far below the curves lie outside the figure.",
        }
    ]
    if view.figure is not None:
        drawn = partial(view.figure.draw, run)
        figures.append(_figure(view.figure.title, view.figure.height, drawn, view.figure.caption))
    return figures


@cache
def page_environment() -> Environment:
    """The templates of the pages, which escape whatever is put into them."""
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
    optimizer = config.get("optimizer")
    preset = optimizer.get("preset") if isinstance(optimizer, Mapping) else None
    shown = {**({"preset": preset} if preset and "protocol" not in config else {}), **config}
    if isinstance(protocol := shown.get("protocol"), Mapping):
        shown["protocol"] = protocol.get("name")
    if shown.get("model", "") is None:
        shown["model"] = "the one that ships"
    return [(name.replace("_", " "), show(shown[name])) for name in _HEADLINE if name in shown]


def _command(command: Any) -> str:
    return " ".join(map(str, command)) if isinstance(command, list) else str(command or "")


def data_uri(png: bytes) -> str:
    """A PNG file as an address, to stand in a page."""
    return f"data:image/png;base64,{b64encode(png).decode()}"
