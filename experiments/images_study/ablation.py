"""Tables of the ablation of the regularizer's terms (section 4.4.5), from rows alone."""

from collections.abc import Sequence

from study.table import Column, Row, Table, grouped, mean

from images_study.tables import DISTANCES, each, seed_note
from images_study.thesis import ABLATION

#: Variant -> name of the terms that section 4.4.5 reports.
REPORTED = {
    "gmm-dae-thesis": "both",
    "gmm-dae-thesis-without-ks": "without-ks",
    "gmm-dae-thesis-without-covariance": "without-covariance",
}
COLUMNS: dict[str, Column] = {
    **DISTANCES,
    "KS distance of codes": mean("ks"),
    "thesis, samples": lambda rows: _reported(rows[0]),
}


def _table(name: str, rows: Sequence[Row]) -> Table:
    first = rows[0]
    return Table.of(
        f"ablation_{name}",
        f"{first['dataset']}: terms of the regularizer; {first['distance']}, lower is better",
        COLUMNS,
        grouped(rows, "variant"),
        f"{seed_note(rows)} KS distance of test codes to the prior, 1 for draws of the prior "
        f"({first['ks_codes']} codes at a time). "
        f"gmm-dae has the terms KS, covariance, mean and sliced, gmm-dae-thesis the first two. "
        f"Thesis: FID by Inception-v3 on all of MNIST at full scale (section 4.4.5).",
    )


#: The table of each data set and kind of measurement.
tables = each(_table)


def _reported(row: Row) -> str:
    terms = REPORTED.get(row["variant"], "")
    known = terms in ABLATION and row["dataset"] in ("mnist", "mnist-5000")
    return f"{ABLATION[terms]:.2f}" if known else "–"
