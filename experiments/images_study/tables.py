"""Tables of image generation, as Markdown and CSV, from the rows of `results.jsonl` alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from study.table import Cell, Column, Row, Table, grouped, mean

from images_study.generation import KINDS
from images_study.thesis import THESIS

Tables = Callable[[Sequence[Row]], list[Table]]

#: Columns: the distance of each kind of images, and what the prior lacks of a fitted mixture.
DISTANCES: dict[str, Column] = {
    **{name: mean(kind, "frechet") for kind, name in KINDS.items()},
    "gap (samples − mixture)": mean("gap"),
}
SAMPLES: dict[str, Column] = {
    f"{KINDS[kind]}: {title}": mean(kind, measure, factor=factor)
    for kind in ("prior", "mixture")
    for measure, title, factor in (
        ("kernel", "kernel distance × 1000", 1000.0),
        ("precision", "precision", 1.0),
        ("recall", "recall", 1.0),
    )
}
CODES: dict[str, Column] = {
    "squared error of a value × 1000": mean("squared_error", factor=1000.0),
    "KS distance (1 is perfect)": mean("ks"),
    "training, minutes": lambda rows: Cell.of(_minutes(row) for row in rows),
}
THESIS_NOTE = (
    "Thesis: FID by Inception-v3 at full scale (table 4.1: samples / mixture / reconstructions / "
    "interpolations); only where the distance here is FID too, at that scale, may the two be "
    "compared."
)


def named(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group rows by data set and measurement, by a name for files.

    One kind of measurement is the rule: then its settings have no place in the name.
    """
    found = {}
    for dataset, own in grouped(rows, "dataset").items():
        measurements = grouped(own, "measurement")
        for measurement, measured in measurements.items():
            name = dataset if len(measurements) == 1 else f"{dataset}_{measurement}"
            found[name] = measured
    return found


def each(*made: Callable[[str, Sequence[Row]], Table]) -> Tables:
    """Return what makes tables of each data set and kind of measurement.

    Args:
        made: From the name of such a group, for files, and its rows to a table.
    """
    return lambda rows: [make(name, own) for name, own in named(rows).items() for make in made]


def _distances(name: str, rows: Sequence[Row]) -> Table:
    first = rows[0]
    reported = THESIS.get(first["dataset"], {})
    columns: dict[str, Column] = {
        **DISTANCES,
        "samples are of": _sources,
        "thesis": lambda own: _reported(reported, own[0]["variant"]),
    }
    return Table.of(
        f"table_4.1_{name}",
        f"{first['dataset']}: {first['distance']}, lower is better",
        columns,
        grouped(rows, "variant"),
        f"{seed_note(rows)} {THESIS_NOTE}",
    )


def _reported(reported: Mapping[str, tuple[float | None, ...]], variant: str) -> str:
    if variant not in reported:
        return "–"
    return " / ".join("–" if value is None else f"{value:.2f}" for value in reported[variant])


def _sources(rows: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(row["sources"]["prior"] for row in rows))


def seed_note(rows: Sequence[Row]) -> str:
    """Say how cells come from rows, and the scale of these."""
    return f"Mean ± standard error over trainings (their number). {scale_note(rows)}"


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
    first = rows[0]
    return Table.of(
        f"samples_{name}",
        f"{first['dataset']}: kernel distance (KID), precision and recall of samples",
        SAMPLES,
        grouped(rows, "variant"),
        f"Features: {first['features']}; {first['num_subsets']} subsets of "
        f"{first['subset_size']} images a draw.",
        digits=3,
    )


def _codes(name: str, rows: Sequence[Row]) -> Table:
    return Table.of(
        f"codes_{name}",
        f"{rows[0]['dataset']}: reconstruction and codes of test images",
        CODES,
        grouped(rows, "variant"),
        "KS distance of test codes to the prior in units of its expectation for draws of the "
        f"prior, {rows[0]['ks_codes'] or '–'} codes at a time; a variational encoder's codes are "
        "draws. A second stage has the error and the codes of its first; its minutes are its own.",
    )


def _minutes(row: Row) -> float | None:
    seconds = row.get("seconds")
    return None if seconds is None else seconds / 60


#: Tables of each data set and kind of measurement.
tables = each(_distances, _samples, _codes)
