"""Tables and figure of the experiment, from its rows alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from study.table import Cell, Table

__all__ = ["figure", "tables"]

Rows = Sequence[Mapping[str, Any]]
#: Okabe and Ito's colours.
COLOURS = {
    "start": "#555555",
    "plain": "#0072b2",
    "coupled": "#d55e00",
    "plain-equal-time": "#56b4e9",
}
INK, FAINT = "#1b2230", "#e6e9ef"


def tables(rows: Rows, cost: Mapping[str, Any]) -> list[Table]:
    """Return the tables: models, moved codes, search.

    Args:
        rows: Of `results.jsonl`.
        cost: Of `cost.json`.
    """
    return [_models(rows, cost), _moved(rows), _search(rows)]


def _by_variant(rows: Rows) -> dict[str, Rows]:
    return {v: own for v in COLOURS if (own := [row for row in rows if row["variant"] == v])}


def _models(rows: Rows, cost: Mapping[str, Any]) -> Table:
    names = {
        "reconstruction": "reconstruction",
        "round_trip_data": "round trip, unseen molecules",
        "round_trip_prior": "round trip, prior samples",
        "valid": "valid prior samples",
        "ks_over_floor": "KS distance of codes (1: noise)",
    }
    seconds = cost["seconds"]
    lines: list[tuple[str, list[Cell | str]]] = []
    for variant, own in _by_variant(rows).items():
        kind = "coupled" if variant == "coupled" else "plain"
        step = "–" if variant == "start" else f"{seconds[kind]:.2f}"
        cells: list[Cell | str] = [f"{own[0]['steps']}", step]
        cells += [Cell.of(row[name] for row in own) for name in names]
        lines.append((variant, cells))
    return Table(
        "models",
        "Models",
        ("steps", "s a step", *names.values()),
        lines,
        f"Mean ± standard error over seeds (their number). A step of coupled takes "
        f"{cost['ratio']:.2f} times the processor time of a plain one (one thread); "
        f"plain-equal-time has as many more steps. Reconstruction: held-out molecules that come "
        f"back from their codes; round trip of prior samples: of all samples, those whose molecule "
        f"is the same after encoding and decoding.",
        digits=3,
        first_column="variant",
    )


def _moved(rows: Rows) -> Table:
    radii = [each["radius"] for each in rows[0]["perturbations"]]
    told = {"valid": "valid", "same": "same molecule", "code_distance": "code off by"}
    told["value_change"] = "value off by"
    lines: list[tuple[str, list[Cell | str]]] = []
    for place, radius in enumerate(radii):
        for variant, own in _by_variant(rows).items():
            found = [row["perturbations"][place] for row in own]
            cells: list[Cell | str] = [Cell.of(each[name] for each in found) for name in told]
            lines.append((f"{variant}, {radius:g}", cells))
    return Table(
        "moved_codes",
        "Codes moved by Gaussian noise",
        tuple(told.values()),
        lines,
        "Codes of unseen molecules, moved by so many standard deviations of the prior. Same: as "
        "the unmoved code decodes to. Code off by: from the moved code to the code of what it "
        "decodes to, root mean square over dimensions, in standard deviations of the prior. Value "
        "off by: mean absolute change of penalised logP, in standard deviations over the data.",
        digits=3,
        first_column="variant, moved by",
    )


def _search(rows: Rows) -> Table:
    lines: list[tuple[str, list[Cell | str]]] = [
        (variant, [Cell.of(row[name] for row in own) for name in ("best", "top_10")])
        for variant, own in _by_variant(rows).items()
    ]
    first = rows[0]
    return Table(
        "search",
        f"Search for {first['objective']}, preset latent, {first['calls']} calls",
        ("best", "mean of the ten best"),
        lines,
        "Mean ± standard error over seeds (their number).",
        first_column="variant",
    )


def figure(rows: Rows, path: Path) -> None:
    """Draw shares of unchanged molecules, distances of codes, and the searches."""
    canvas = Figure(figsize=(11, 3.8), layout="constrained")
    left, middle, right = canvas.subplots(1, 3)
    for variant, own in _by_variant(rows).items():
        colour = COLOURS[variant]
        radii = [each["radius"] for each in own[0]["perturbations"]]
        for axes, name in ((left, "same"), (middle, "code_distance")):
            values = np.array(
                [[each[name] for each in row["perturbations"]] for row in own], dtype=float
            )
            axes.plot(radii, values.mean(0), marker="o", color=colour, label=variant)
        curves = np.array([row["curve"] for row in own], dtype=float)
        calls = np.arange(1, curves.shape[1] + 1)
        right.plot(calls, curves.mean(0), color=colour, linewidth=2)
        right.plot(calls, curves.T, color=colour, linewidth=0.6, alpha=0.4)
    _style(left, "same molecule", "codes moved by, sd of the prior", "share")
    _style(middle, "from a code to that of its molecule", "codes moved by, sd of the prior", "sd")
    _style(right, f"best {rows[0]['objective']} so far", "calls", "value")
    left.set_ylim(0, 1.02)
    middle.set_ylim(bottom=0)
    canvas.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    canvas.savefig(path, dpi=150)


def _style(axes: Axes, title: str, below: str, beside: str) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.set_xlabel(below)
    axes.set_ylabel(beside)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=FAINT)
