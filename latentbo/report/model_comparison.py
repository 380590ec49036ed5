"""Models side by side: rows of a table, and the page `models.html`: one file, no script."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from latentbo.report.page import page_environment
from latentbo.report.theme import DARK, LIGHT

WIDTH, HEIGHT, LEFT, BOTTOM = 1000, 340, 70, 40


@dataclass(frozen=True)
class Measured:
    """What was measured of a model.

    Args:
        name: Its folder.
        metrics: As `latentbo.training.evaluation.measure` returns them.
        diagnosis: As `latentbo.diagnostics.Diagnosis.to_json` returns it.
        search: Of a search with it: `calls`, `failed`, and `best` and `top10` by call; None: none.
    """

    name: str
    metrics: dict[str, Any]
    diagnosis: dict[str, Any]
    search: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "model": self.name,
            "metrics": self.metrics,
            "diagnosis": self.diagnosis,
            "search": self.search,
        }


@dataclass(frozen=True)
class CompareRow:
    """A line of the table.

    Args:
        label: What was measured.
        texts: The value of each model.
        is_best: Which of them are the best, if there is a better and a worse.
        ends: Whether it is the last of its section.
    """

    label: str
    texts: list[str]
    is_best: list[bool]
    ends: bool = False


_Get = Callable[[Measured], Any]


def rows_of(models: Sequence[Measured]) -> list[CompareRow]:
    """Return the lines of the table, in sections."""
    sections: list[list[tuple[str, _Get, int, str]]] = [
        [
            ("exact reconstruction", lambda m: m.metrics["reconstruction"]["canonical"], 1, ".3f"),
            *(_after_noise(level) for level in models[0].metrics["reconstruction"]["after_noise"]),
        ],
        [
            ("prior samples: valid", lambda m: _valid(m.metrics["samples"]), 1, ".3f"),
            ("prior samples: unique", lambda m: m.metrics["samples"]["unique"], 1, ".3f"),
            ("prior samples: novel", lambda m: m.metrics["samples"]["novel"], 1, ".3f"),
            ("prior samples: the same round trip", _round_trip, 1, ".3f"),
        ],
        [
            ("KS distance to the prior, 1 = noise floor", _ks("mean"), -1, ".2f"),
            ("    in the worst dimension", _ks("worst"), -1, ".2f"),
        ],
        [
            *(_region(place, each["region"]) for place, each in _regions(models[0])),
            *(_moved(place, each["radius"]) for place, each in _radii(models[0])),
            ("verdict", lambda m: m.diagnosis["verdict"]["level"], 0, ""),
        ],
    ]
    if all(model.search is not None for model in models):
        sections.append(
            [
                ("search: calls", lambda m: (m.search or {})["calls"], 0, ""),
                ("search: failed calls", lambda m: (m.search or {})["failed"], -1, ""),
                ("search: best value", lambda m: _last(m, "best"), 1, ".4g"),
                ("search: mean of the best 10", lambda m: _last(m, "top10"), 1, ".4g"),
            ]
        )
    return [_row(models, *line, ends=line is lines[-1]) for lines in sections for line in lines]


def _row(
    models: Sequence[Measured], label: str, get: _Get, direction: int, form: str, ends: bool
) -> CompareRow:
    values = [get(model) for model in models]
    texts = ["–" if value is None else f"{value:{form}}" for value in values]
    numbers = [value for value in values if isinstance(value, int | float)]
    if not direction or len(set(texts)) == 1 or not numbers:
        return CompareRow(label, texts, [False] * len(models), ends)
    # What is shown alike is equally good.
    best = texts[values.index((max if direction > 0 else min)(numbers))]
    return CompareRow(label, texts, [text == best for text in texts], ends)


def _after_noise(level: str) -> tuple[str, _Get, int, str]:
    return (
        f"    after noise of {level} standard deviations",
        lambda m: m.metrics["reconstruction"]["after_noise"].get(level),
        *(1, ".3f"),
    )


def _valid(samples: dict[str, Any]) -> Any:
    return samples["valid"] if "valid" in samples else samples["valid_as_decoded"]


def _round_trip(model: Measured) -> Any:
    return model.metrics["samples"]["round_trip"]


def _ks(name: str) -> _Get:
    return lambda model: model.diagnosis["ks_over_floor"][name]


def _regions(model: Measured) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(model.diagnosis["validity"]))


def _radii(model: Measured) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(model.diagnosis["perturbations"]))


def _region(place: int, name: str) -> tuple[str, _Get, int, str]:
    label = f"codes from {name}: valid"
    return label, lambda m: m.diagnosis["validity"][place]["valid"], 1, ".3f"


def _moved(place: int, radius: float) -> tuple[str, _Get, int, str]:
    label = f"codes moved by {radius:g}: the same string"
    return label, lambda m: m.diagnosis["perturbations"][place]["same"], 0, ".3f"


def _last(model: Measured, name: str) -> float | None:
    curve = (model.search or {})[name]
    return curve[-1] if curve and math.isfinite(curve[-1]) else None


def render_models(models: Sequence[Measured], settings: dict[str, Any]) -> str:
    """The text of `models.html`.

    Args:
        models: What was measured of each.
        settings: `task`, `seed`, `budget`, `objective`.
    """
    curves = [(model.search or {}).get("top10") or [] for model in models]
    return (
        page_environment()
        .get_template("models.html")
        .render(
            models=models,
            settings=settings,
            rows=rows_of(models),
            themes={"light": LIGHT.series, "dark": DARK.series},
            figure=_figure(curves, settings["budget"]) if any(curves) else "",
            num_series=len(LIGHT.series),
        )
    )


def _figure(curves: Sequence[Sequence[float]], budget: int) -> Markup:
    """The mean of the best ten against calls, as SVG; values far below the ends lie outside."""
    drawn = [[each for each in curve if math.isfinite(each)] for curve in curves]
    ends = [curve[-1] for curve in drawn if curve]
    begins = [curve[min(9, len(curve) - 1)] for curve in drawn if curve]
    low, high = min(begins), max(ends)
    span = (high - low) or max(abs(high), 1.0)

    def at(call: int, value: float) -> str:
        x = LEFT + (WIDTH - LEFT - 10) * call / max(budget, 1)
        return f"{x:.1f},{10 + (HEIGHT - BOTTOM - 10) * (high - value) / span:.1f}"

    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        value, call = low + share * span, round(share * budget)
        y, x = at(0, value).split(",")[1], at(call, low).split(",")[0]
        parts += [
            f"<path class='grid' d='M{LEFT} {y}H{WIDTH - 10}'/>",
            f"<text x='{LEFT - 8}' y='{y}' text-anchor='end' dy='0.35em'>{value:.3g}</text>",
            f"<text x='{x}' y='{HEIGHT - 14}' text-anchor='middle'>{call}</text>",
        ]
    for place, (curve, whole) in enumerate(zip(drawn, curves, strict=True)):
        skipped = len(whole) - len(curve)
        points = " ".join(
            at(skipped + call, value) for call, value in enumerate(curve, start=1) if value >= low
        )
        colour = f"var(--series-{place % len(LIGHT.series)})"
        parts.append(f"<polyline points='{points}' style='stroke:{colour}'/>")
    svg = f"<svg class='curves' viewBox='0 0 {WIDTH} {HEIGHT}' role='img'>"
    return Markup(f"{svg}{''.join(parts)}</svg>")  # noqa: S704 (numbers only)
