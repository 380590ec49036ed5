"""Tables of clustering, as Markdown and CSV, from the rows of `results.jsonl` alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from study.table import Cell, Table

from images_study.tables import named, variants
from images_study.thesis import CLUSTERING

__all__ = ["by_scale", "tables"]

Row = Mapping[str, Any]
COLUMNS = ("accuracy, %", "NMI", "mean average precision", "scale of the prior")
#: The method whose prior's scale figure 4.8 changes.
SCALED = "gmm-dae"
THESIS_NOTE = (
    "Thesis: table 4.2 and section 4.4.3, at full scale; its mAP is not defined, and need not be "
    "the mean average precision of responsibilities that stands here."
)


def tables(rows: Sequence[Row]) -> list[Table]:
    """Return the tables of each data set and kind of measurement."""
    found = []
    for name, own in named(rows).items():
        found.append(_accuracies(name, own))
        if len(by_scale(own)) > 1:
            found.append(_scales(name, own))
    return found


def by_scale(rows: Sequence[Row]) -> dict[float, list[Row]]:
    """Group the rows of `SCALED` by the scale of their prior, in its order, each seed once."""
    groups: dict[float, dict[int, Row]] = {}
    for row in rows:
        if row["method"] == SCALED:
            groups.setdefault(row["scale"], {}).setdefault(row["seed"], row)
    return {scale: list(groups[scale].values()) for scale in sorted(groups)}


def _accuracies(name: str, rows: Sequence[Row]) -> Table:
    lines: list[tuple[str, list[Cell | str]]] = []
    for variant, own in variants(rows).items():
        scales = ", ".join(dict.fromkeys(f"{row['scale']:g}" for row in own))
        lines.append((variant, [*_scores(own), Cell.of(row["map"] for row in own), scales]))
    for variant, own in variants(rows).items():
        scores = _scores([row["kmeans_codes"] for row in own])
        lines.append((f"k-means on the codes of {variant}", [*scores, "–", "–"]))
    # The same for all variants: once a seed.
    pixels = {row["seed"]: row["kmeans_pixels"] for row in rows}
    lines.append(("k-means on pixels", [*_scores(list(pixels.values())), "–", "–"]))
    dataset = rows[0]["dataset"]
    reported = CLUSTERING.get(dataset.removesuffix("-5000"), {})
    for method, values in reported.items():
        texts = ["–" if v is None else f"{v:.2f}" for v in values]
        lines.append((f"{method}, thesis", [*texts, "–"]))
    return Table(
        f"table_4.2_{name}",
        f"{dataset}: clusters against classes",
        COLUMNS,
        lines,
        f"{_note(rows)} k-means: {rows[0]['kmeans_images']} training images, "
        f"{rows[0]['kmeans_starts']} starts. {THESIS_NOTE}{_part(dataset)}",
    )


def _scores(rows: Sequence[Row]) -> list[Cell | str]:
    return [Cell.of(100 * row["accuracy"] for row in rows), Cell.of(row["nmi"] for row in rows)]


def _part(dataset: str) -> str:
    if not dataset.endswith("-5000"):
        return ""
    return " The thesis used all of MNIST; here it is 4,000 images for training, 1,000 for testing."


def _scales(name: str, rows: Sequence[Row]) -> Table:
    lines: list[tuple[str, list[Cell | str]]] = []
    for scale, own in by_scale(rows).items():
        cells: list[Cell | str] = ["–" if (d := own[0]["mode_distance"]) is None else f"{d:.2f}"]
        cells += [*_scores(own), Cell.of(row["map"] for row in own)]
        cells.append(Cell.of(row["frechet"] for row in own))
        lines.append((f"{scale:g}", cells))
    first = rows[0]
    return Table(
        f"figure_4.8_{name}",
        f"{first['dataset']}: {SCALED} by the distance between the modes of its prior",
        ("distance between modes", *COLUMNS[:3], f"samples: {first['distance']}"),
        lines,
        f"{_note(rows)} Samples of the prior ({first['num_samples']} in each of {first['draws']} "
        f"draw(s)) against {first['reference']}; features: {first['features']} "
        f"({first['resize']}); lower is better.",
        first_column="scale of the prior",
    )


def _note(rows: Sequence[Row]) -> str:
    def values(found: list[Any]) -> str:
        return ", ".join(dict.fromkeys(f"{value:g}" for value in found))

    settings = [row["training"] for row in rows]
    network = ", ".join(
        dict.fromkeys(f"{s['network']} of width {s['width'] or 'as published'}" for s in settings)
    )
    return (
        f"Mean ± standard error over trainings (their number), on "
        f"{values([row['num_test'] for row in rows])} test images; "
        f"{values([row['components'] for row in rows])} components. Network {network}; "
        f"{values([row['num_training'] for row in rows])} training images, "
        f"{values([s['epochs'] for s in settings])} epoch(s), "
        f"preset {', '.join(dict.fromkeys(s['preset'] for s in settings))}."
    )
