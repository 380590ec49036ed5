"""Effects of the number of components and of the coupling (tables 5.5 and 5.6)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from images_study.experiment import Row as ResultRow
from images_study.settings import Study, Variant
from images_study.tables import named
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from study.figures import INK, bars, plain, png
from study.table import Cell, Row, Table

from latentbo.errors import ConfigurationError
from latentbo.images.data import IMAGE_DATASETS
from robust_study.cells import ARROWS, distance_cell, radii, trial_cell
from robust_study.tables import outcome_table
from robust_study.thesis import COMPONENTS, COUPLING

#: The variant that both sweeps share: 10 components, alpha 0.95.
BASE = "coupled"
#: Sweep -> number of the table, name of what changes, its value in a row, reported values.
SWEEPS: dict[str, tuple[str, str, Callable[[Row], float], Mapping[str, tuple[float, ...]]]] = {
    "components": ("5.5", "components", lambda row: row["components"], COMPONENTS),
    "alpha": ("5.6", "α", lambda row: row["robust"]["strength"], COUPLING),
}
COLOURS = ("#56b4e9", "#0072b2", "#1b2230", "#009e73", "#cc79a7")
MARKERS = ("o", "s", "^", "D", "v")


def sweep_variants() -> dict[str, Variant]:
    """Return the variants of both sweeps, with the thesis's values."""
    numbers = [int(number) for number in COMPONENTS if number != "10"]
    alphas = [float(alpha) for alpha in COUPLING if alpha != "0.95"]
    return {
        BASE: Variant("coupled"),
        **{f"components-{n}": Variant("coupled", components=n) for n in numbers},
        **{f"alpha-{a:g}": Variant("coupled", robust={"strength": a}) for a in alphas},
    }


def check(study: Study) -> None:
    """Refuse data sets whose published coupling is another one.

    Raises:
        ConfigurationError: If there is one.
    """
    for dataset in study.datasets:
        if IMAGE_DATASETS[dataset].channels != 1:
            raise ConfigurationError(
                f"--dataset {dataset}: these tables are of grey images, whose coupling is 0.95; "
                f"give mnist, mnist-5000 or fashion-mnist"
            )


def tables(rows: Sequence[ResultRow]) -> list[Table]:
    """Return table 5.5 and 5.6 of each data set and kind of measurement."""
    found: list[Table] = []
    for name, own in named(rows).items():
        is_mnist = own[0]["dataset"].removesuffix("-5000") == "mnist"
        for sweep, (number, head, _, reported) in SWEEPS.items():
            groups = {f"{value:g}": trained for value, trained in _by_value(own, sweep).items()}
            known = {f"{v}, thesis": c for v, c in reported.items()} if is_mnist else {}
            file = f"table_{number}_{name}"
            found.append(outcome_table(file, own, groups, known, first_column=head))
    return found


def _by_value(rows: Sequence[Row], sweep: str) -> dict[float, list[Row]]:
    """Group the rows of a sweep by the value that changes, in its order."""
    value_of = SWEEPS[sweep][2]
    groups: dict[float, list[Row]] = {}
    for row in rows:
        if row["variant"] == BASE or row["variant"].startswith(f"{sweep}-"):
            groups.setdefault(value_of(row), []).append(row)
    return {value: groups[value] for value in sorted(groups)}


def figures(rows: Sequence[ResultRow], out: Path) -> dict[str, bytes]:
    """Return the figure of each sweep that has two values at least: file name -> PNG.

    Args:
        rows: Of `results.jsonl`.
        out: The study's folder; not needed.
    """
    del out
    found = {}
    for name, own in named(rows).items():
        for sweep, (number, *_) in SWEEPS.items():
            if len(_by_value(own, sweep)) > 1:
                found[f"table_{number}_{name}.png"] = png(sweep_figure(own, sweep))
    return found


def sweep_figure(rows: Sequence[Row], sweep: str) -> Figure:
    """Draw similarities under both attacks and the distance of samples against a setting.

    A line a bound; bars are standard deviations over trials, or over draws of samples.
    """
    groups, first = _by_value(rows, sweep), rows[0]
    figure = Figure(figsize=(11, 3.9), layout="constrained")
    panels = figure.subplots(1, 3)
    heads = {"latent": "target and r(x′)", "damage": "r(x) and r(x′)"}
    for axes, (goal, pair) in zip(panels, heads.items(), strict=False):
        for place, radius in enumerate(radii(rows)):
            cells = [trial_cell(own, goal, radius, "similarities") for own in groups.values()]
            _line(axes, list(groups), cells, place, f"λ = {radius:g}")
        good = {"↓": "lower", "↑": "higher"}[ARROWS[goal]]
        axes.set_ylabel(f"MS-SSIM of {pair}, {good} is better", color=INK, fontsize=9)
        axes.set_ylim(0, 1.02)
        title = {"latent": "latent-space attack", "damage": "maximum-damage attack"}[goal]
        axes.set_title(title, loc="left", color=INK, fontsize=10)
    cells = [distance_cell(own) for own in groups.values()]
    _line(panels[2], list(groups), cells, 2, "")
    panels[2].set_ylim(0, 1.08 * panels[2].get_ylim()[1])
    panels[2].set_ylabel(f"{first['distance']}\nlower is better", color=INK, fontsize=9)
    panels[2].set_title("samples of the prior", loc="left", color=INK, fontsize=10)
    for axes in panels:
        plain(axes)
        axes.set_xlabel({"components": "components of the prior", "alpha": "coupling α"}[sweep])
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside lower center", ncols=len(names), frameon=False, fontsize=9
    )
    seeds = len({row["seed"] for row in rows})
    title = f"{first['dataset']}: {BASE}, {seeds} training{'s' * (seeds > 1)} each"
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontsize=11)
    return figure


def _line(axes: Axes, values: list[float], cells: list[Cell], place: int, label: str) -> None:
    look = {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}
    bars(axes, values, cells, label=label, markersize=5, linewidth=1.4, capsize=2, **look)
