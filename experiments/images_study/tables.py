"""Tables of image generation, as Markdown and CSV, from the rows of `results.jsonl` alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from study.table import Cell, Table

from images_study.generation import KINDS
from images_study.thesis import THESIS

__all__ = ["cell", "grouped", "named", "scale_note", "tables", "variants"]

Row = Mapping[str, Any]
THESIS_NOTE = (
    "Thesis: FID by Inception-v3 at full scale (table 4.1: samples / mixture / reconstructions / "
    "interpolations); only where the distance here is FID too, at that scale, may the two be "
    "compared."
)


def tables(rows: Sequence[Row]) -> list[Table]:
    """Return the tables of each data set and kind of measurement."""
    found = []
    for name, own in named(rows).items():
        found += [_distances(name, own), _samples(name, own), _codes(name, own)]
    return found


def grouped(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Group rows by data set and measurement, in their order."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["dataset"], row["measurement"]), []).append(row)
    return groups


def named(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group rows as `grouped` does, by a name for files.

    One kind of measurement is the rule: then its settings have no place in the name.
    """
    groups = grouped(rows)
    datasets = [dataset for dataset, _ in groups]
    return {
        dataset if datasets.count(dataset) == 1 else f"{dataset}_{measurement}": own
        for (dataset, measurement), own in groups.items()
    }


def variants(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group rows by variant, in their order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["variant"], []).append(row)
    return groups


def cell(rows: Iterable[Row], kind: str, name: str = "frechet", factor: float = 1.0) -> Cell:
    """Return the mean of a measure over seeds."""
    return Cell.of(factor * row[kind][name] if row[kind] is not None else None for row in rows)


def _distances(name: str, rows: Sequence[Row]) -> Table:
    first = rows[0]
    reported = THESIS.get(first["dataset"], {})
    lines: list[tuple[str, list[Cell | str]]] = []
    for variant, own in variants(rows).items():
        cells: list[Cell | str] = [cell(own, kind) for kind in KINDS]
        cells += [Cell.of(row["gap"] for row in own), _sources(own), _reported(reported, variant)]
        lines.append((variant, cells))
    return Table(
        f"table_4.1_{name}",
        f"{first['dataset']}: {first['distance']}, lower is better",
        (*KINDS.values(), "gap (samples − mixture)", "samples are of", "thesis"),
        lines,
        f"Mean ± standard error over trainings (their number). {scale_note(rows)} {THESIS_NOTE}",
    )


def _reported(reported: Mapping[str, tuple[float | None, ...]], variant: str) -> str:
    if variant not in reported:
        return "–"
    return " / ".join("–" if value is None else f"{value:.2f}" for value in reported[variant])


def _sources(rows: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(row["sources"]["prior"] for row in rows))


def scale_note(rows: Sequence[Row]) -> str:
    """Say what must be known to compare the numbers; several values where rows differ."""

    def values(name: str) -> str:
        return ", ".join(str(value) for value in dict.fromkeys(row[name] for row in rows))

    settings = [dict(row["training"]) for row in rows]
    network = ", ".join(
        dict.fromkeys(f"{s['network']} of width {s['width'] or 'as published'}" for s in settings)
    )
    epochs = ", ".join(dict.fromkeys(f"{s['epochs']:g}" for s in settings))
    return (
        f"Features: {values('features')} ({values('resize')}); against {values('reference')}; "
        f"{values('num_samples')} samples in each of {values('draws')} draw(s), "
        f"reconstructions of all {values('num_test')} test images, interpolations "
        f"{values('interpolation_kind')}, half-way between pairs of test images. "
        f"Network {network}; {values('num_training')} training images, {epochs} epoch(s)"
        f"{_schedules(settings)}."
    )


def _schedules(settings: Sequence[Row]) -> str:
    """Say which learning rates; nothing where all have the preset's."""
    named = dict.fromkeys(s.get("schedule") for s in settings)
    told = ", ".join(name or "as published" for name in named)
    return f" (learning rate: {told})" if any(named) else ""


def _samples(name: str, rows: Sequence[Row]) -> Table:
    measures = {
        "kernel": ("kernel distance × 1000", 1000.0),
        "precision": ("precision", 1.0),
        "recall": ("recall", 1.0),
    }
    shown = [(kind, measure) for kind in ("prior", "mixture") for measure in measures]
    first = rows[0]
    return Table(
        f"samples_{name}",
        f"{first['dataset']}: kernel distance (KID), precision and recall of samples",
        tuple(f"{KINDS[kind]}: {measures[measure][0]}" for kind, measure in shown),
        [
            (variant, [cell(own, k, m, measures[m][1]) for k, m in shown])
            for variant, own in variants(rows).items()
        ],
        f"Features: {first['features']}; {first['num_subsets']} subsets of "
        f"{first['subset_size']} images a draw.",
        digits=3,
    )


def _codes(name: str, rows: Sequence[Row]) -> Table:
    return Table(
        f"codes_{name}",
        f"{rows[0]['dataset']}: reconstruction and codes of test images",
        ("squared error of a value × 1000", "KS distance (1 is perfect)", "training, minutes"),
        [
            (
                variant,
                [
                    Cell.of(1000 * row["squared_error"] for row in own),
                    Cell.of(row["ks"] for row in own),
                    Cell.of(_minutes(row) for row in own),
                ],
            )
            for variant, own in variants(rows).items()
        ],
        "KS distance of test codes to the prior in units of its expectation for draws of the "
        f"prior, {rows[0]['ks_codes'] or '–'} codes at a time; a variational encoder's codes are "
        "draws. A second stage has the error and the codes of its first; its minutes are its own.",
    )


def _minutes(row: Row) -> float | None:
    seconds = row.get("seconds")
    return None if seconds is None else seconds / 60
