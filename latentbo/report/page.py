"""The page `report.html`: one file, nothing loaded from elsewhere.

It can be read as it is; a script sorts and filters its tables, copies, and shows the structures
of dots, and the page's policy (its Content-Security-Policy) lets no other script run.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from latentbo.diagnostics.leave_one_out import LeaveOneOut
from latentbo.ledger.direction import negated_evaluation
from latentbo.ledger.record import Status
from latentbo.ledger.vials import vial_ids
from latentbo.proposals import far_enough
from latentbo.report.batch import Suggested, describe_batch, draw_suggested
from latentbo.report.convergence import convergence_png
from latentbo.report.dots import NUM_COLOURS, colour_sheet, legend_shapes, value_limits
from latentbo.report.front_figure import front_height, front_png, hypervolume_png
from latentbo.report.hits import Hit
from latentbo.report.panels import families, plots_of
from latentbo.report.quality import areas, best_strings, findings
from latentbo.report.rows import KINDS, Kind, Row, collect_rows
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
from latentbo.report.table import NUM_DRAWN, table_of
from latentbo.report.theme import DARK, LIGHT, Theme
from latentbo.report.trust import TRUST_HEIGHT, trust_of, trust_png
from latentbo.report.view import View
from latentbo.report.views import view_of

#: Best strings that are drawn large, and those of them on a printed page.
NUM_CARDS, NUM_PRINTED = 12, 5
#: Rows of the table that are there without the script.
NUM_ROWS = 20
NUM_FAMILIES = 20
NUM_MEMBERS = 50
_NUM_REASONS = 10
_HEADLINE = ("task", "protocol", "preset", "model", "seed", "budget", "batch_size", "initial")
_SCRIPTS = ("report.js", "compounds.js")


def render_page(
    run: Run, hits: Sequence[Hit], convergence: bytes, refresh: int | None = None
) -> str:
    """The text of `report.html`.

    Args:
        run: The run.
        hits: Its evaluated strings, best first.
        convergence: The convergence figure on a light ground, a PNG file.
        refresh: Seconds after which the page of a run that still goes asks for itself again.
    """
    summary = summarize(run)
    reasons = Counter(hit.fields()["message"] for hit in hits if _failed(hit))
    view = view_of(run)
    rows = collect_rows(run, view, hits)
    plots = plots_of(view, rows, run.scale)
    trust = trust_of(run)
    return (
        page_environment()
        .get_template("report.html")
        .render(
            run=run,
            refresh=refresh,
            written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
            view=view,
            draw=partial(view.draw, run),
            thumbnail=view.thumbnail or (lambda string: view.draw(run, string, 180, 120)),
            scale=run.scale,
            summary=summary,
            budget=budget_line(summary),
            labelled=labelled_line(run.labelled, run.scale) if run.labelled else "",
            top=TOP,
            headline=_chosen(run.config),
            settings=list(flatten(run.config)),
            command=_command(run.config.get("command")),
            origins=count_origins(run),
            num_best=len(best_strings(run)),
            areas=areas(run),
            findings=findings(run, view),
            reasons=reasons.most_common(_NUM_REASONS),
            batch=_next_batch(run, view),
            draw_new=draw_suggested,
            best=_best(run, rows),
            num_printed=NUM_PRINTED,
            kinds=KINDS,
            table=table_of(run, view, rows, plots, run.scale),
            num_rows=NUM_ROWS,
            num_drawn=NUM_DRAWN,
            plots=plots,
            legend=_legend(run, rows),
            colours=colour_sheet(),
            families=families(view, rows),
            num_families=NUM_FAMILIES,
            front=run.front,
            front_line=front_line(run.front) if run.front else "",
            num_members=NUM_MEMBERS,
            front_figures=_front_figures(run),
            figures=_task_figures(run, view),
            convergence=_convergence_figure(run, convergence),
            trust=trust,
            trust_figures=_trust_figures(run, trust),
            censored=[row for row in rows if row.bound],
            script=Markup(script(*_SCRIPTS)),  # noqa: S704 (our own)
            script_hash=script_hash(*_SCRIPTS),
        )
    )


@dataclass(frozen=True)
class Legend:
    """What colours and shapes of dots mean.

    Args:
        worst: The value of the first colour.
        best: The value of the last.
        colours: How many there are.
        shapes: Drawings with names.
        has_others: Whether there are strings without a value.
    """

    worst: str
    best: str
    colours: int
    shapes: list[tuple[Markup, str]]
    has_others: bool


def _legend(run: Run, rows: Sequence[Row]) -> Legend:
    low, high = value_limits([row.value for row in rows if row.value is not None])
    kinds = {row.kind for row in rows}
    return Legend(
        *(run.scale.text(low), run.scale.text(high), NUM_COLOURS),
        legend_shapes([kind for kind in KINDS if kind in kinds]),
        any(row.value is None and row.kind is not Kind.PENDING for row in rows),
    )


def _next_batch(run: Run, view: View) -> list[Suggested]:
    """What was suggested and has no value yet, where people measure."""
    waiting = [row for row in run.evaluations if row.status is Status.PENDING]
    if not run.is_by_hand or view.space is None or not waiting:
        return []
    if run.scale.is_minimized:
        waiting = [negated_evaluation(row) for row in waiting]
    ids = {row.call: name for name, row in vial_ids(run.evaluations).items()}
    return describe_batch(run, waiting, ids, [])


def _best(run: Run, rows: Sequence[Row]) -> list[Row]:
    """The best strings, without those too close to a better one where the run keeps them apart."""
    valued = [row for row in rows if row.value is not None]
    if run.min_distance:
        kept = far_enough([row.string for row in valued], [], run.min_distance)
        valued = [row for row, is_kept in zip(valued, kept, strict=True) if is_kept]
    return valued[:NUM_CARDS]


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
    return [
        _figure(
            *("How far to trust the model", TRUST_HEIGHT, partial(trust_png, trust, run.scale)),
            f"{trust.line}. Each measured molecule as it is predicted from all the others, with "
            f"one standard deviation to each side; the line is a perfect prediction.",
            "trust",
        )
    ]


def _hypervolume(run: Run, theme: Theme) -> bytes:
    drawn = hypervolume_png(run, run.front, theme) if run.front else None
    return drawn or b""


def _figure(
    title: str, height: int, draw: Callable[[Theme], bytes], caption: str, kind: str = ""
) -> dict[str, str | int]:
    return {
        "title": title,
        "height": height,
        "light": data_uri(draw(LIGHT)),
        "dark": data_uri(draw(DARK)),
        "text": title,
        "caption": caption,
        "kind": kind,
    }


@cache
def script(*names: str) -> str:
    """A page's script: what stands between its tags, and nothing else may run."""
    folder = files("latentbo.report").joinpath("templates")
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


@cache
def script_hash(*names: str) -> str:
    """The hash by which the page's policy knows its script."""
    return b64encode(sha256(script(*names).encode()).digest()).decode()


def _convergence_figure(run: Run, convergence: bytes) -> dict[str, str | int]:
    return {
        "title": "Convergence",
        "height": 672,
        "light": data_uri(convergence),
        "dark": data_uri(convergence_png(run, DARK)),
        "text": f"Best value and top-{TOP} mean against the number of oracle calls",
        "caption": "Dots are single calls, orange ticks along the bottom failed ones. Values "
        "far below the curves lie outside the figure.",
        "kind": "",
    }


def _task_figures(run: Run, view: View) -> list[dict[str, str | int]]:
    """The figure that only this task has, if there is one."""
    if view.figure is None:
        return []
    drawn = partial(view.figure.draw, run)
    return [_figure(view.figure.title, view.figure.height, drawn, view.figure.caption)]


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
    return [
        (name.replace("_", " "), show(shown[name]))
        for name in _HEADLINE
        if shown.get(name) is not None
    ]


def _command(command: Any) -> str:
    return " ".join(map(str, command)) if isinstance(command, list) else str(command or "")


def data_uri(png: bytes) -> str:
    """A PNG file as an address, to stand in a page."""
    return f"data:image/png;base64,{b64encode(png).decode()}"
