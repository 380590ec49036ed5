"""Tables of the ablation of the regularizer's terms (section 4.4.5), from rows alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from study.table import Cell, Table

from images_study.generation import KINDS
from images_study.tables import cell, named, scale_note, variants
from images_study.thesis import ABLATION

__all__ = ["REPORTED", "tables"]

Row = Mapping[str, Any]
#: Variant -> name of the terms that section 4.4.5 reports.
REPORTED = {
    "gmm-dae-thesis": "both",
    "gmm-dae-thesis-without-ks": "without-ks",
    "gmm-dae-thesis-without-covariance": "without-covariance",
}


def tables(rows: Sequence[Row]) -> list[Table]:
    """Return the table of each data set and kind of measurement."""
    return [_table(name, own) for name, own in named(rows).items()]


def _table(name: str, rows: Sequence[Row]) -> Table:
    first = rows[0]
    reported = ABLATION if first["dataset"] in ("mnist", "mnist-5000") else {}
    lines: list[tuple[str, list[Cell | str]]] = []
    for variant, own in variants(rows).items():
        cells: list[Cell | str] = [cell(own, kind) for kind in KINDS]
        cells += [Cell.of(row["gap"] for row in own), Cell.of(row["ks"] for row in own)]
        value = reported.get(REPORTED.get(variant, ""))
        lines.append((variant, [*cells, "–" if value is None else f"{value:.2f}"]))
    return Table(
        f"ablation_{name}",
        f"{first['dataset']}: terms of the regularizer; {first['distance']}, lower is better",
        (*KINDS.values(), "gap (samples − mixture)", "KS distance of codes", "thesis, samples"),
        lines,
        f"Mean ± standard error over trainings (their number). {scale_note(rows)} KS distance of "
        f"test codes to the prior, 1 for draws of the prior ({first['ks_codes']} codes at a time). "
        f"gmm-dae has the terms KS, covariance, mean and sliced, gmm-dae-thesis the first two. "
        f"Thesis: FID by Inception-v3 on all of MNIST at full scale (section 4.4.5).",
    )
