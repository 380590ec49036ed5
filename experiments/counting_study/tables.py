"""Tables from the rows of a study: 3.1 to 3.3, and what the left-out combinations came to."""

from collections.abc import Sequence

from study.table import Cell, Column, Line, Row, Table, grouped, mean

#: Table 3.3 of the thesis: accuracy of the model's own head, on other data at a larger scale.
THESIS = {
    "cgan-plain": "0.31 / 0.39 / 0.39",
    "infogan-plain": "0.37 / 0.40 / 0.43",
    "acgan-plain": "0.38 / 0.40 / 0.41",
    "tacgan-plain": "0.40 / 0.42 / 0.45",
    "cgan": "0.38 / 0.45 / 0.55",
    "infogan": "0.40 / 0.44 / 0.55",
    "acgan": "0.41 / 0.42 / 0.58",
    "tacgan": "0.44 / 0.47 / 0.61",
    "mc2": "0.90 / 0.89 / 0.92",
}
#: Tables 3.1 and 3.2, the same.
STYLE_THESIS = {
    "mc2": "0.96 / 0.92 / 0.93 / 0.78",
    "sngan": "0.65 / 0.61 / 0.72 / 0.55",
    "contragan": "0.71 / 0.68 / 0.78 / 0.59",
    "cstylegan2": "0.70 / 0.65 / 0.80 / 0.61",
    "no-count-loss": "0.78 / 0.80 / – / 0.51",
    "separate-trunk": "0.91 / 0.84 / – / 0.69",
    "counts-first": "0.90 / 0.85 / – / 0.59",
    "residual": "0.94 / 0.93 / – / 0.65",
    "output-skips": "0.94 / 0.92 / – / 0.72",
}
# Model -> its tables, what the thesis has there, and on which data.
PUBLISHED: dict[str, tuple[str, dict[str, str], str]] = {
    "simple": ("Table 3.3", THESIS, "CLEVR-2 / CLEVR-3 / SVHN-2"),
    "stylegan2": ("Tables 3.1 and 3.2", STYLE_THESIS, "CLEVR-2 / CLEVR-3 / SVHN-2 / CityCount"),
}
COLUMNS: dict[str, Column] = {
    "exact, judge": mean("judged", "exact"),
    "per class, judge": lambda parts: Cell.of(_per_class(part) for part in parts),
    "mean error, judge": mean("judged", "mean_error"),
    "exact, own head": mean("own", "exact"),
    "mean error, own head": mean("own", "mean_error"),
    # Rows from before they were measured have none.
    "precision": mean("precision"),
    "recall": mean("recall"),
}


def count_tables(rows: Sequence[Row]) -> list[Table]:
    """Return the tables of a study's rows; cells are means over seeds."""
    number = PUBLISHED[rows[0].get("model", "simple")][0]
    parts = {
        "trained": f"{number}: combinations of counts in training",
        "left_out": "Combinations of counts that were left out of training",
    }
    return [
        _table(name, title, [row for row in rows if row.get(name)])
        for name, title in parts.items()
        if any(row.get(name) for row in rows)
    ]


def _table(part: str, title: str, rows: Sequence[Row]) -> Table:
    _, thesis, sets = PUBLISHED[rows[0].get("model", "simple")]
    columns: dict[str, Column] = {
        **COLUMNS,
        **{name: mean("frechet", name) for name in rows[0][part]["frechet"]},
        "minutes": mean("minutes"),
        f"thesis ({sets})": lambda parts: thesis.get(parts[0]["method"], "–"),
    }
    groups = {
        method: [_measured(row, part) for row in own]
        for method, own in grouped(rows, "method").items()
    }
    further: list[Line] = []
    constant = rows[0][part]["constant"]
    if constant["exact"] < 1:  # of a single combination, one answer is no rival but the truth
        numbers = (constant["exact"], _mean(constant["per_class"]), constant["mean_error"])
        blank = ["–"] * (len(columns) - len(numbers))
        further = [("one answer for all", [*(Cell.of([each]) for each in numbers), *blank])]
    return Table.of(part, title, columns, groups, _note(rows), further, digits=3)


def _measured(row: Row, part: str) -> Row:
    """Return what was measured of one part of the combinations, with the row's own values."""
    seconds = row.get("seconds")
    minutes = None if seconds is None else seconds / 60
    return {**row[part], "method": row["method"], "minutes": minutes}


def _per_class(part: Row) -> float:
    return _mean(part["judged"]["per_class"])


def _note(rows: Sequence[Row]) -> str:
    weak = "" if all(row["judge_is_fit"] for row in rows) else "**The judge is not fit.** "
    judges = "; ".join(dict.fromkeys(row["judge"] for row in rows))
    return (
        f"{weak}Data: {rows[0]['data']}. Judge: {judges}. The thesis's accuracies are those of the "
        f"models' own heads. Shares of images: exact, if all counts are right; per class, the mean "
        f"of the classes' shares. Mean error: absolute, over images and classes. Precision and "
        f"recall, by the judge's features: shares of generated images near real ones, and of real "
        f"near generated. Distances are no FID. Minutes of training are of the machine and its "
        f"load at the time."
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
