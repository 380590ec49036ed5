"""How much depends on the number of the prior's components (figure 4.10)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from study.table import Cell, Table
from torch import Tensor

from images_study import generation
from images_study.clustering import least_distance
from images_study.experiment import Row
from images_study.figures import (
    INK,
    MARKERS,
    pictures_figure,
    pictures_of,
    plain,
    png,
    trainings_each,
)
from images_study.generation import KINDS
from images_study.settings import Study
from images_study.tables import cell, named, scale_note, variants
from latentbo.images.models import TrainedImageModel
from latentbo.models import load_model

__all__ = ["components_figure", "figures", "measure", "tables"]

#: Lines of the figure.
SHOWN = ("prior", "mixture", "reconstruction")


def measure(
    study: Study, out: Path, dataset: str, name: str, seed: int
) -> tuple[Row, dict[str, Tensor]]:
    """Measure as image generation does, and say where the prior's components are."""
    row, pictures = generation.measure(study, out, dataset, name, seed)
    prior = load_model(out / "train" / dataset / name / f"seed{seed}", kind=TrainedImageModel).prior
    own = {"components": prior.num_components, "mode_distance": least_distance(prior.means)}
    return row | own, pictures


def tables(rows: Sequence[Mapping[str, Any]]) -> list[Table]:
    """Return the table of each data set and kind of measurement."""
    return [_table(name, own) for name, own in named(rows).items()]


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    first = rows[0]
    lines: list[tuple[str, list[Cell | str]]] = []
    for own in variants(rows).values():
        distance = own[0]["mode_distance"]
        cells: list[Cell | str] = ["–" if distance is None else f"{distance:.2f}"]
        cells += [cell(own, kind) for kind in KINDS]
        cells += [Cell.of(row["gap"] for row in own), Cell.of(row["ks"] for row in own)]
        lines.append((str(own[0]["components"]), cells))
    return Table(
        f"figure_4.10_{name}",
        f"{first['dataset']}: number of components; {first['distance']}, lower is better",
        (
            *("least distance of modes", *KINDS.values()),
            *("gap (samples − mixture)", "KS distance of codes"),
        ),
        lines,
        f"Mean ± standard error over trainings (their number). {scale_note(rows)} One component: "
        f"N(0, I). As many components as dimensions, or fewer, have one-hot means; more lie on a "
        f"sphere, where no two are alike (the thesis's repeat). The fitted mixture has as many "
        f"components as the prior. KS distance of test codes to the prior, 1 for draws of the "
        f"prior ({first['ks_codes']} codes at a time).",
        first_column="components",
    )


def figures(rows: Sequence[Mapping[str, Any]], out: Path) -> dict[str, bytes]:
    """Return the figures that there are results for: file name -> PNG.

    Args:
        rows: Of `results.jsonl`.
        out: The study's folder, which holds the pictures that measurements left.
    """
    found = {}
    for name, own in named(rows).items():
        found[f"figure_4.10_{name}.png"] = png(components_figure(own))
        pictures = pictures_of(own, out)
        if pictures:
            found[f"pictures_{name}.png"] = png(pictures_figure(pictures, own[0]["dataset"]))
    return found


def components_figure(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw distances against the number of components; a bar is one standard error."""
    groups = {own[0]["components"]: own for own in variants(rows).values()}
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for kind in SHOWN:
        marker, colour, filled = MARKERS[kind]
        cells = [cell(own, kind) for own in groups.values()]
        axes.errorbar(
            list(groups),
            [float("nan") if each.mean is None else each.mean for each in cells],
            [each.error or 0.0 for each in cells],
            marker=marker,
            color=colour,
            linestyle="-" if filled else "--",
            markerfacecolor=colour if filled else "white",
            capsize=2,
            linewidth=1.4,
            label=KINDS[kind],
        )
    axes.set_xticks(list(groups))
    axes.set_ylim(0, 1.08 * axes.get_ylim()[1])
    axes.set_xlabel("components of the prior")
    axes.set_ylabel(f"{rows[0]['distance']}\nlower is better", fontsize=9)
    title = f"{rows[0]['dataset']}: gmm-dae, {trainings_each(groups.values())}"
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    plain(axes)
    figure.legend(loc="outside lower center", ncols=len(SHOWN), frameon=False, fontsize=9)
    return figure
