"""Tables and figure of the experiment, from its rows alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from study.figures import FAINT, INK
from study.table import Column, Row, Table, first, grouped, mean

Rows = Sequence[Row]
#: Okabe and Ito's colours.
COLOURS = {
    "start": "#555555",
    "plain": "#0072b2",
    "coupled": "#d55e00",
    "plain-equal-time": "#56b4e9",
}
MODELS = {
    "reconstruction": mean("reconstruction"),
    "round trip, unseen molecules": mean("round_trip_data"),
    "round trip, prior samples": mean("round_trip_prior"),
    "valid prior samples": mean("valid"),
    "KS distance of codes (1: noise)": mean("ks_over_floor"),
}
MOVED = {
    "valid": mean("valid"),
    "same molecule": mean("same"),
    "code off by": mean("code_distance"),
    "value off by": mean("value_change"),
}


def tables(rows: Rows, cost: Mapping[str, Any]) -> list[Table]:
    """Return the tables: models, moved codes, search.

    Args:
        rows: Of `results.jsonl`.
        cost: Of `cost.json`.
    """
    return [_models(rows, cost), _moved(rows), _search(rows)]


def _by_variant(rows: Rows) -> dict[str, list[Row]]:
    groups = grouped(rows, "variant")
    return {variant: groups[variant] for variant in COLOURS if variant in groups}


def _models(rows: Rows, cost: Mapping[str, Any]) -> Table:
    def step(own: Rows) -> str:
        kind = "coupled" if own[0]["variant"] == "coupled" else "plain"
        return "–" if own[0]["variant"] == "start" else f"{cost['seconds'][kind]:.2f}"

    columns: dict[str, Column] = {"steps": first("steps", "{}"), "s a step": step, **MODELS}
    return Table.of(
        "models",
        "Models",
        columns,
        _by_variant(rows),
        f"Mean ± standard error over seeds (their number). A step of coupled takes "
        f"{cost['ratio']:.2f} times the processor time of a plain one (one thread); "
        f"plain-equal-time has as many more steps. Reconstruction: held-out molecules that come "
        f"back from their codes; round trip of prior samples: of all samples, those whose molecule "
        f"is the same after encoding and decoding.",
        digits=3,
        first_column="variant",
    )


def _moved(rows: Rows) -> Table:
    groups = {
        f"{variant}, {each['radius']:g}": [row["perturbations"][place] for row in own]
        for place, each in enumerate(rows[0]["perturbations"])
        for variant, own in _by_variant(rows).items()
    }
    return Table.of(
        "moved_codes",
        "Codes moved by Gaussian noise",
        MOVED,
        groups,
        "Codes of unseen molecules, moved by so many standard deviations of the prior. Same: as "
        "the unmoved code decodes to. Code off by: from the moved code to the code of what it "
        "decodes to, root mean square over dimensions, in standard deviations of the prior. Value "
        "off by: mean absolute change of penalised logP, in standard deviations over the data.",
        digits=3,
        first_column="variant, moved by",
    )


def _search(rows: Rows) -> Table:
    shown = rows[0]
    return Table.of(
        "search",
        f"Search for {shown['objective']}, preset latent, {shown['calls']} calls",
        {"best": mean("best"), "mean of the ten best": mean("top_10")},
        _by_variant(rows),
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
