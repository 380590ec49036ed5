"""Figures of clustering: 4.8 and confusion matrices from rows alone, 4.7 from pictures."""

from collections.abc import Sequence
from pathlib import Path

import torch
from matplotlib.figure import Figure
from study.figures import INK, bars, plain, png
from study.table import Row, grouped, mean
from torch import Tensor

from images_study.clustering_tables import by_scale
from images_study.figures import mosaic, pictures_of, trainings_each
from images_study.tables import named
from latentbo.images.metrics import confusion_figure

#: Of the two panels of figure 4.8: value, marker and colour.
PANELS = (
    (mean("accuracy", factor=100.0), "o", "#0072b2"),
    (mean("frechet"), "s", "#d55e00"),
)


def figures(rows: Sequence[Row], out: Path) -> dict[str, bytes]:
    """Return the figures that there are results for: file name -> PNG.

    Args:
        rows: Of `results.jsonl`.
        out: The study's folder, which holds the pictures that measurements left.
    """
    found = {}
    for name, own in named(rows).items():
        if len(by_scale(own)) > 1:
            found[f"figure_4.8_{name}.png"] = png(scales_figure(own))
        pictures = pictures_of(own, out)
        for variant, trained in grouped(own, "variant").items():
            first = min(trained, key=lambda row: row["seed"])
            if variant != first["method"]:
                continue
            found[f"confusion_{name}_{variant}.png"] = _confusion(first)
            if variant in pictures:
                drawn = components_figure(first, pictures[variant]["components"])
                found[f"figure_4.7_{name}_{variant}.png"] = png(drawn)
    return found


def scales_figure(rows: Sequence[Row]) -> Figure:
    """Draw accuracy and distance of samples against the distance between modes (figure 4.8).

    Two panels: the two have no common scale. A bar is one standard error over trainings.
    """
    groups = {s: own for s, own in by_scale(rows).items() if own[0]["mode_distance"] is not None}
    places = [own[0]["mode_distance"] for own in groups.values()]
    figure = Figure(figsize=(8.4, 3.8), layout="constrained")
    left, right = panels = figure.subplots(1, 2)
    for axes, (value, marker, colour) in zip(panels, PANELS, strict=True):
        cells = [value(own) for own in groups.values()]
        bars(axes, places, cells, marker=marker, color=colour, capsize=2, linewidth=1.6)
        plain(axes)
        axes.set_xlabel("distance between modes (scale of the prior)")
        axes.set_xticks(places, [f"{p:.1f}\n({s:g})" for p, s in zip(places, groups, strict=True)])
    left.set_ylabel("accuracy of clusters, %")
    left.set_ylim(0, 100)
    right.set_ylabel(f"samples of the prior\n{rows[0]['distance']}", fontsize=9)
    right.set_ylim(0, 1.08 * right.get_ylim()[1])
    title = f"{rows[0]['dataset']}: gmm-dae, {trainings_each(groups.values())}"
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontsize=11)
    return figure


def _confusion(row: Row) -> bytes:
    counts = torch.tensor(row["counts"])
    matching = [(cluster, number) for cluster, number in row["matching"]]
    title = f"{row['dataset']}, {row['variant']}, seed {row['seed']}"
    return confusion_figure(counts, matching, row["class_names"], title)


def components_figure(row: Row, pictures: Tensor) -> Figure:
    """Draw samples of each component, in the order of the classes matched with them (figure 4.7).

    Args:
        row: Of the training whose components these are.
        pictures: `K x m x c x h x w` bytes.
    """
    classes = dict(row["matching"])
    order = sorted(range(len(pictures)), key=lambda cluster: classes.get(cluster, len(pictures)))
    names = row["class_names"] or [str(number) for number in range(len(pictures))]
    height, width = pictures.shape[:2]
    figure = Figure(figsize=(0.55 * width + 1.8, 0.55 * height + 0.5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(mosaic(pictures[order], framed=True), cmap="gray", vmin=0, vmax=255)
    size = pictures.shape[-2] + 2
    labels = [names[classes[cluster]] if cluster in classes else "–" for cluster in order]
    axes.set_yticks([size * (place + 0.5) for place in range(height)], labels)
    axes.set_xticks([])
    axes.tick_params(length=0, labelcolor=INK, labelsize=9)
    axes.spines[:].set_visible(False)
    title = f"{row['dataset']}, {row['variant']}: samples of each component"
    axes.set_title(title, loc="left", color=INK, fontsize=10)
    axes.set_ylabel("class matched with the component", color=INK, fontsize=9)
    return figure
