"""The study's figures, from the rows of `results.jsonl`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from study.figures import INK, MUTED, lines_below, mark, plain, png, point
from study.table import Cell, signed

from published.plan import METHODS, Model, in_order
from published.tables import LOWER_IS_BETTER
from published.thesis import THESIS

Row = Mapping[str, Any]
# Okabe and Ito's colours; dashes and markers tell the methods apart without colour.
STYLES = {
    "GMM-KS": ("#d55e00", "-", "o"),
    "GMM-KS, autoregressive": ("#1b2230", "-", "D"),
    "GVAE": ("#0072b2", (0, (5, 1.5)), "s"),
    "CVAE": ("#009e73", (0, (1, 1.2)), "^"),
    "GCVVAE": ("#cc79a7", (0, (5, 1.2, 1, 1.2)), "v"),
    "GRAE": ("#e69f00", (0, (3, 1, 1, 1, 1, 1)), "P"),
}
DOT: dict[str, Any] = {
    **{"fmt": "o", "markersize": 7, "markeredgewidth": 1.6, "elinewidth": 1.6, "capsize": 3},
}
SCORES = {
    "expressions": "best log(1 + mean squared error) so far",
    "molecules": "best penalised logP so far",
}


def figures(task: str, rows: Sequence[Row]) -> dict[str, bytes]:
    """Return the figures that there are results for: file name -> PNG."""
    drawn: dict[str, Callable[[], Figure | None]] = {
        "calls_kusner2017.png": lambda: _calls(task, rows, "kusner2017"),
        "calls_held-out.png": lambda: _calls(task, rows, "held-out"),
        "calls_black-box.png": lambda: _calls(task, rows, "black-box"),
        "predictions.png": lambda: _predictions(task, rows),
        "ablations.png": lambda: _ablations(rows),
    }
    found = {}
    for name, draw in drawn.items():
        figure = draw()
        if figure is not None:
            found[name] = png(figure)
    return found


def _groups(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Group the rows of the compared models (first training, no ablation) by their labels."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        model = Model.from_name(row["model"])
        if model is not None and model.is_plain and model.seed == 0:
            groups.setdefault(model.label, []).append(row)
    return [(label, groups[label]) for label in STYLES if label in groups]


def _curve(row: Row, num_calls: int) -> np.ndarray:
    """Return the best value after each call, NaN before the first; the last value is held."""
    curve = np.full(num_calls, np.nan)
    for call, value in row["curve"]:
        curve[call - 1 :] = value
    return curve


def _calls(task: str, rows: Sequence[Row], protocol: str) -> Figure | None:
    """Best value against calls: mean over seeds, with a band of one standard error."""
    kept = [row for row in rows if row["kind"] == "search" and row["fault"] is None]
    groups = _groups(row for row in kept if row["protocol"] == protocol and row["curve"])
    if not groups:
        return None
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    axes = figure.subplots()
    longest, ends = 0, []
    for label, own in groups:
        num_calls = max(row["calls"] for row in own)
        curves = np.array([_curve(row, num_calls) for row in own])
        mean, calls = curves.mean(0), np.arange(1, num_calls + 1)
        colour, dashes, _ = STYLES[label]
        name = f"{label} ({len(own)} seed{'s' * (len(own) > 1)})"
        axes.plot(calls, mean, color=colour, linestyle=dashes, linewidth=2, label=name)
        if len(own) > 1:
            error = curves.std(0, ddof=1) / len(own) ** 0.5
            axes.fill_between(calls, mean - error, mean + error, color=colour, alpha=0.15, lw=0)
        longest = max(longest, num_calls)
        ends += [mean[num_calls // 25], mean[-1]]
    _training_line(axes, [row["best_in_training"] for _, own in groups for row in own])
    _frame_scores(axes, task, ends)
    axes.set(xlabel="oracle calls", ylabel=SCORES[task], xlim=(0, longest))
    axes.set_title(f"{protocol} protocol", loc="left", color=INK, fontsize=11)
    plain(axes, "y")
    axes.legend(frameon=False, fontsize=9, ncols=2)
    return figure


def _training_line(axes: Axes, values: Sequence[float | None]) -> None:
    known = Cell.of(values).mean
    if known is not None:
        label = f"best in training ({signed(known, 2)})"
        axes.axhline(known, color=MUTED, linestyle="--", linewidth=1.2, label=label)


def _frame_scores(axes: Axes, task: str, values: Sequence[float]) -> None:
    """Keep the first few calls, whose values are far off, from flattening the rest."""
    finite = [value for value in values if np.isfinite(value)]
    if not finite:
        return
    if LOWER_IS_BETTER[task]:
        axes.set_ylim(-0.03 * max(finite), 1.08 * max(finite) + 0.02)
    else:
        axes.set_ylim(bottom=min(finite) - 0.3)


def _predictions(task: str, rows: Sequence[Row]) -> Figure | None:
    """Log-likelihood and RMSE of the sparse Gaussian process, a dot a method."""
    predicted = [row for row in rows if row["kind"] == "gp"]
    groups = [(label, own) for label, own in _groups(predicted)]
    groups = [(label, [r for r in own if "-drop-best" not in r["model"]]) for label, own in groups]
    if not groups:
        return None
    figure = Figure(figsize=(8.4, 1.9 + 0.42 * len(groups)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    labels = [label for label, _ in groups]
    methods = {name: method for method, name in METHODS.items()}
    for axes, name, title in zip(
        panels,
        ("log_likelihood", "rmse"),
        ("predictive log-likelihood (right is better)", "RMSE (left is better)"),
        strict=True,
    ):
        for place, (label, own) in enumerate(groups):
            for modern, offset in ((False, -0.12), (True, 0.12)):
                cell = Cell.of(row[name] for row in own if row["modern"] == modern)
                point(axes, place + offset, cell, not modern, color=STYLES[label][0], **DOT)
            reference = THESIS[task].get(methods.get(label, ""))
            value = getattr(reference, name) if reference else None
            if value is not None:
                axes.plot(value, place, marker="|", color=INK, markersize=16, markeredgewidth=2)
        lines_below(axes, labels)
        axes.set_title(title, loc="left", color=INK, fontsize=10)
        plain(axes, "both")
    _key(figure)
    return figure


def _key(figure: Figure) -> None:
    """Explain the markers, whatever their colour."""
    handles = [
        mark("published settings", "o", MUTED),
        mark("--modern", "o", MUTED, filled=False),
        mark("thesis", "|", INK, markersize=12, markeredgewidth=2),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=9)


def _ablations(rows: Sequence[Row]) -> Figure | None:
    """KS distance, validity of prior samples, and RMSE of each variant of GMM-KS."""
    trained = {row["model"] for row in rows if row["kind"] == "train"}
    variants = {
        model
        for name in trained
        if (model := Model.from_name(name)) is not None and not model.is_plain
    }
    if not variants:
        return None
    base = Model("gmm-ks")
    shown = in_order([base, *variants])
    figure = Figure(figsize=(10, 1.5 + 0.36 * len(shown)), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for axes, kind, name, title in zip(
        panels,
        ("train", "train", "gp"),
        ("ks", "prior_valid", "rmse"),
        ("KS distance (1 is perfect)", "valid prior samples", "RMSE of the published GP"),
        strict=True,
    ):
        for place, model in enumerate(shown):
            own = [r for r in rows if r["kind"] == kind and r["model"] == model.name]
            cell = Cell.of(r[name] for r in own if not r.get("modern", False))
            colour = STYLES["GMM-KS"][0] if model == base else STYLES["GVAE"][0]
            point(axes, place, cell, color=colour, **DOT)
        lines_below(axes, [_variant(model) for model in shown])
        axes.set_title(title, loc="left", color=INK, fontsize=10)
        plain(axes, "both")
    panels[0].set_xscale("log")
    panels[0].xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    return figure


def _variant(model: Model) -> str:
    if model.is_plain:
        return METHODS[model.method]
    return model.label.removeprefix(f"{METHODS[model.method]}, ")
