"""The effect of the number of the prior's components (figure 4.10)."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from study.figures import INK, bars, plain
from study.table import Column, Row, Table, first, grouped, mean
from torch import Tensor

from images_study import generation
from images_study.clustering import least_distance
from images_study.experiment import Row as ResultRow
from images_study.figures import (
    MARKERS,
    drawn,
    trainings_each,
)
from images_study.generation import KINDS
from images_study.settings import Study
from images_study.tables import DISTANCES, each, seed_note
from latentbo.images.models import TrainedImageModel
from latentbo.models import load_model

#: Lines of the figure.
SHOWN = ("prior", "mixture", "reconstruction")
# Style of a line whose points are not filled.
OPEN = {"linestyle": "--", "markerfacecolor": "white"}
COLUMNS: dict[str, Column] = {
    "least distance of modes": first("mode_distance"),
    **DISTANCES,
    "KS distance of codes": mean("ks"),
}


def measure(
    study: Study, out: Path, dataset: str, name: str, seed: int
) -> tuple[ResultRow, dict[str, Tensor]]:
    """Measure as image generation does, and say where the prior's components are."""
    row, pictures = generation.measure(study, out, dataset, name, seed)
    prior = load_model(out / "train" / dataset / name / f"seed{seed}", kind=TrainedImageModel).prior
    own = {"components": prior.num_components, "mode_distance": least_distance(prior.means)}
    return row | own, pictures


def _table(name: str, rows: Sequence[Row]) -> Table:
    shown = rows[0]
    return Table.of(
        f"figure_4.10_{name}",
        f"{shown['dataset']}: number of components; {shown['distance']}, lower is better",
        COLUMNS,
        _by_number(rows),
        f"{seed_note(rows)} One component: "
        f"N(0, I). As many components as dimensions, or fewer, have one-hot means; more lie on a "
        f"sphere, where no two are alike (the thesis's repeat). The fitted mixture has as many "
        f"components as the prior. KS distance of test codes to the prior, 1 for draws of the "
        f"prior ({shown['ks_codes']} codes at a time).",
        first_column="components",
    )


#: The table of each data set and kind of measurement.
tables = each(_table)


def _by_number(rows: Sequence[Row]) -> dict[str, list[Row]]:
    return {str(own[0]["components"]): own for own in grouped(rows, "variant").values()}


def components_figure(rows: Sequence[Row]) -> Figure:
    """Draw distances against the number of components; a bar is one standard error."""
    groups = {int(number): own for number, own in _by_number(rows).items()}
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for kind in SHOWN:
        marker, colour, filled = MARKERS[kind]
        style = {"marker": marker, "color": colour, "capsize": 2, "linewidth": 1.4}
        style |= {"linestyle": "-", "markerfacecolor": colour} if filled else OPEN
        cells = [mean(kind, "frechet")(own) for own in groups.values()]
        bars(axes, list(groups), cells, label=KINDS[kind], **style)
    axes.set_xticks(list(groups))
    axes.set_ylim(0, 1.08 * axes.get_ylim()[1])
    axes.set_xlabel("components of the prior")
    axes.set_ylabel(f"{rows[0]['distance']}\nlower is better", fontsize=9)
    title = f"{rows[0]['dataset']}: gmm-dae, {trainings_each(groups.values())}"
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    plain(axes)
    figure.legend(loc="outside lower center", ncols=len(SHOWN), frameon=False, fontsize=9)
    return figure


#: Figures of each data set and kind of measurement.
figures = drawn(**{"figure_4.10": components_figure})
