"""The study's tables, as Markdown and CSV, from the rows of `results.jsonl`.

A cell is mean ± standard error (number of seeds); what was not measured is a dash.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from study.table import Cell, Line, Row, Table, grouped, mean, signed

from published.plan import FAULTS, METHODS, PROTOCOLS, Model, in_order
from published.thesis import THESIS

LOWER_IS_BETTER = {"expressions": True, "molecules": False}
ORDINALS = ("1st", "2nd", "3rd")
GP = {"LL ↑": mean("log_likelihood"), "RMSE ↓": mean("rmse")}
MEASURES = {
    "reconstruction": mean("reconstruction"),
    "valid prior samples": mean("prior_valid"),
    "KS distance to the prior": mean("ks"),
    "covariance distance": mean("covariance"),
}


def tables(task: str, rows: Sequence[Row]) -> list[Table]:
    """Return all tables of a task's results; those without any row are left out."""
    found = [
        *(_best(task, rows, protocol) for protocol in PROTOCOLS),
        *(_samples(task, rows, protocol) for protocol in PROTOCOLS),
        _predictions(task, rows),
        _models(rows),
        _ablations(rows),
        _faults(task, rows),
        _training_seeds(rows),
        _durations(rows),
    ]
    return [table for table in found if table.rows]


def _models_of(rows: Iterable[Row]) -> list[Model]:
    """Return the models of rows, in the order of the thesis's tables."""
    models = {model for row in rows if (model := Model.from_name(row["model"])) is not None}
    order = list(METHODS)
    return sorted(
        models, key=lambda m: (order.index(m.method), m.network == "autoregressive", m.name)
    )


def _searches(rows: Sequence[Row], protocol: str, fault: str | None = None) -> list[Row]:
    kept = [row for row in rows if row["kind"] == "search" and row["protocol"] == protocol]
    return [row for row in kept if row["fault"] == fault]


def _comparison(rows: Sequence[Row]) -> list[tuple[Model, list[Row]]]:
    """Return the models that are no ablation, in their first training, each with its rows."""
    models = [model for model in _models_of(rows) if model.is_plain and model.seed == 0]
    return [(model, [row for row in rows if row["model"] == model.name]) for model in models]


def _reference(task: str, model: Model) -> Any:
    """Return the thesis's row; our own network has none."""
    return THESIS[task].get(model.method) if model.network == "published" else None


def _numbers(values: Iterable[float | None], digits: int = 2) -> str:
    return " / ".join("–" if v is None else signed(v, digits) for v in values) or "–"


def _best_cells(task: str, rows: Sequence[Row]) -> list[Cell | str]:
    """Return the best three and the best in training, over seeds, and the best three of all."""
    places: list[Cell | str] = [
        Cell.of(row["best"][i] if len(row["best"]) > i else None for row in rows) for i in range(3)
    ]
    pooled = {s: v for r in rows for s, v in zip(r["best_strings"], r["best"], strict=True)}
    overall = sorted(pooled.values(), reverse=not LOWER_IS_BETTER[task])[:3]
    return [*places, Cell.of(row["best_in_training"] for row in rows), _numbers(overall, 3)]


def _best(task: str, rows: Sequence[Row], protocol: str) -> Table:
    with_thesis = protocol == "kusner2017"
    body: list[Line] = []
    for model, own in _comparison(_searches(rows, protocol)):
        cells = _best_cells(task, own)
        reference = _reference(task, model)
        if with_thesis:
            cells.append(_numbers(reference.best) if reference else "–")
        body.append((model.label, cells))
    columns = (*ORDINALS, "best in training", "best three of all seeds")
    better = "lower" if LOWER_IS_BETTER[task] else "higher"
    return Table(
        f"table_4.3_{protocol}",
        f"Table 4.3, best scores ({task}, {protocol} protocol; {better} is better)",
        columns + (("thesis",) if with_thesis else ()),
        body,
        "1st to 3rd: of each run, mean over its seeds. Best in training: what the model's labelled "
        "data held before the first call.",
        3,
    )


def _samples(task: str, rows: Sequence[Row], protocol: str) -> Table:
    with_thesis = protocol == "kusner2017"
    body: list[Line] = []
    for model, own in _comparison(_searches(rows, protocol)):
        cells: list[Cell | str] = [mean("valid")(own), mean("average")(own)]
        reference = _reference(task, model)
        if with_thesis:
            cells += (
                [signed(reference.valid, 2), signed(reference.average, 2)]
                if reference
                else ["–", "–"]
            )
        body.append((model.label, cells))
    columns = ("fraction valid", "average score")
    return Table(
        f"table_4.4_{protocol}",
        f"Table 4.4, what was decoded ({task}, {protocol} protocol)",
        columns + (("thesis: valid", "thesis: average") if with_thesis else ()),
        body,
        "Average score: of the evaluated strings.",
        3,
    )


def _predictions(task: str, rows: Sequence[Row]) -> Table:
    body: list[Line] = []
    for model, own in _comparison([row for row in rows if row["kind"] == "gp"]):
        if model.drop_best:
            continue
        fits = grouped(own, "modern")
        cells = [column(fits.get(modern, [])) for modern in (False, True) for column in GP.values()]
        found = _reference(task, model)
        values = (found.log_likelihood, found.rmse) if found else (None, None)
        body.append((model.label, [*cells, *(_numbers([value], 3) for value in values)]))
    constant = [r for r in rows if r["kind"] == "gp" and r["model"] == Model("gmm-ks").name]
    if constant:
        worth = [r for r in constant if not r["modern"]]
        cells = [mean("constant_log_likelihood")(worth), mean("constant_rmse")(worth)]
        body.append(("constant prediction", [*cells, "–", "–", "–", "–"]))
    return Table(
        "table_4.5",
        f"Table 4.5, sparse Gaussian process on the held-out tenth ({task})",
        ("LL ↑", "RMSE ↓", "LL ↑, modern", "RMSE ↓, modern", "thesis: LL", "thesis: RMSE"),
        body,
        "Seeds: of the split and the fit, with one trained model.",
        3,
    )


def _by_label(rows: Sequence[Row], models: Iterable[Model]) -> dict[str, list[Row]]:
    """Group rows by the labels of their models: trainings that differ in the seed are one row."""
    labels = {model.name: model.label for model in models}
    return {
        label: [row for row in rows if labels.get(row["model"]) == label]
        for label in dict.fromkeys(labels.values())
    }


def _models(rows: Sequence[Row]) -> Table:
    trained = [row for row in rows if row["kind"] == "train"]
    plain = [model for model in _models_of(trained) if model.is_plain and not model.drop_best]
    return Table.of(
        "models",
        "The trained models",
        MEASURES,
        _by_label(trained, plain),
        "Seeds: of the training. Reconstruction: greedy decodes of held-out strings. Distances: of "
        "noise-free held-out codes, in units of the expectation under the prior (1 is perfect).",
        digits=3,
    )


def _ablations(rows: Sequence[Row]) -> Table:
    trained = [row for row in rows if row["kind"] == "train"]
    models = [model for model in _models_of(trained) if not model.is_plain]
    if not models:
        return Table("ablations", "", (), [])
    shown = in_order([Model("gmm-ks"), *models])
    predicted = [row for row in rows if row["kind"] == "gp" and not row["modern"]]
    body: list[Line] = []
    for model in shown:
        own = [row for row in trained if row["model"] == model.name]
        gp = [row for row in predicted if row["model"] == model.name]
        label = model.label
        if own and model.components is None:
            label += f" (K = {own[0]['components']})"
        scores = [column(gp) for column in GP.values()]
        body.append((label, [*(column(own) for column in MEASURES.values()), *scores]))
    return Table(
        "ablations",
        "Ablations of GMM-KS",
        (*MEASURES, *GP),
        body,
        "One training each; LL and RMSE over splits, under the published settings.",
        3,
    )


def _faults(task: str, rows: Sequence[Row]) -> Table:
    mended = [row for row in rows if row["kind"] == "search" and row["fault"] is not None]
    if not mended:
        return Table("faults", "", (), [])
    seeds = {row["seed"] for row in mended}
    published = [
        row
        for row in _searches(rows, "kusner2017")
        if row["model"] == Model("gmm-ks").name and row["seed"] in seeds
    ]
    groups = [("as published", published)]
    for fault, options in FAULTS.items():
        own = [row for row in mended if row["fault"] == fault]
        groups += [(f"`{' '.join(options)}`", own)] if own else []
    body: list[Line] = []
    for label, own in groups:
        found = _best_cells(task, own)
        body.append((label, [*found[:4], mean("valid")(own), mean("average")(own)]))
    return Table(
        "faults",
        "Faults of the published protocol, mended one at a time (GMM-KS)",
        (*ORDINALS, "best in training", "fraction valid", "average score"),
        body,
        digits=3,
        first_column="protocol",
    )


def _training_seeds(rows: Sequence[Row]) -> Table:
    models = [m for m in _models_of(rows) if m.method == "gmm-ks" and m.network == "published"]
    models = [m for m in models if m.is_plain and not m.drop_best]
    if len(models) < 2:
        return Table("training_seeds", "", (), [])
    body: list[Line] = []
    for model in models:
        own = [row for row in rows if row["model"] == model.name]
        trained = [row for row in own if row["kind"] == "train"]
        gp = [row for row in own if row["kind"] == "gp" and not row["modern"]]
        cells: list[Cell | str] = [column(trained) for column in MEASURES.values()]
        cells += [column(gp) for column in GP.values()]
        for protocol, name in (
            ("kusner2017", model.name),
            ("held-out", Model(model.method, seed=model.seed, drop_best=True).name),
        ):
            runs = [row for row in _searches(rows, protocol) if row["model"] == name]
            cells.append(Cell.of(r["best"][0] if r["best"] else None for r in runs))
        body.append((str(model.seed), cells))
    columns = (*MEASURES, *GP, "1st, kusner2017", "1st, held-out")
    return Table(
        "training_seeds",
        "GMM-KS from several training seeds",
        columns,
        body,
        digits=3,
        first_column="training seed",
    )


def _durations(rows: Sequence[Row]) -> Table:
    kinds: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["seconds"] is not None:
            kinds.setdefault(row["stage"], {})[row["folder"]] = row["seconds"] / 60
    return Table(
        "durations",
        "Durations",
        ("minutes a job", "hours in all"),
        [
            (stage, [Cell.of(jobs.values()), f"{sum(jobs.values()) / 60:.2f}"])
            for stage, jobs in kinds.items()
        ],
        "One thread a job; jobs that shared the machine with others include that.",
        first_column="part",
    )
