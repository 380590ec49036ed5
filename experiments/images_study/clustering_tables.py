"""Tables of clustering, as Markdown and CSV, from the rows of `results.jsonl` alone."""

from collections.abc import Sequence
from typing import Any

from study.table import Column, Line, Row, Table, first, grouped, lines_of, mean

from images_study.tables import named
from images_study.thesis import CLUSTERING

COLUMNS = ("accuracy, %", "NMI", "mean average precision", "scale of the prior")
#: Of the first two columns.
SCORES = (mean("accuracy", factor=100.0), mean("nmi"))
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
    groups = grouped(rows, "variant")
    lines = lines_of(groups, (*SCORES, mean("map"), _scales_of))
    for variant, own in groups.items():
        lines.append(_by_kmeans(f"the codes of {variant}", [row["kmeans_codes"] for row in own]))
    # The same for all variants: once a seed.
    pixels = {row["seed"]: row["kmeans_pixels"] for row in rows}
    lines.append(_by_kmeans("pixels", list(pixels.values())))
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


def _scales_of(rows: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(f"{row['scale']:g}" for row in rows))


def _by_kmeans(codes: str, scores: Sequence[Row]) -> Line:
    return f"k-means on {codes}", [*(score(scores) for score in SCORES), "–", "–"]


def _part(dataset: str) -> str:
    if not dataset.endswith("-5000"):
        return ""
    return " The thesis used all of MNIST; here it is 4,000 images for training, 1,000 for testing."


def _scales(name: str, rows: Sequence[Row]) -> Table:
    shown = rows[0]
    columns: dict[str, Column] = {
        "distance between modes": first("mode_distance"),
        **dict(zip(COLUMNS, (*SCORES, mean("map")), strict=False)),
        f"samples: {shown['distance']}": mean("frechet"),
    }
    return Table.of(
        f"figure_4.8_{name}",
        f"{shown['dataset']}: {SCALED} by the distance between the modes of its prior",
        columns,
        {f"{scale:g}": own for scale, own in by_scale(rows).items()},
        f"{_note(rows)} Samples of the prior ({shown['num_samples']} in each of {shown['draws']} "
        f"draw(s)) against {shown['reference']}; features: {shown['features']} "
        f"({shown['resize']}); lower is better.",
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
