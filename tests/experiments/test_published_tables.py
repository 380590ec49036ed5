"""Tables and figures of small, made-up results."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread
from published.figures import figures
from published.plan import Model
from published.study import write_pages
from published.tables import tables
from study.table import Cell, Table, signed

Row = dict[str, Any]


def common(model: Model, kind: str) -> Row:
    return {
        "kind": kind,
        "stage": kind,
        "folder": f"{kind}/{model.name}",
        "model": model.name,
        "seconds": 120.0,
    }


def search(
    model: Model,
    seed: int,
    best: Sequence[float],
    protocol: str = "kusner2017",
    fault: str | None = None,
) -> Row:
    return {
        **common(model, "search"),
        "folder": f"{protocol}/{fault}/{model.name}/{seed}",
        "protocol": protocol,
        "fault": fault,
        "seed": seed,
        "best": list(best),
        "best_strings": [f"x+{value}" for value in best],
        "best_in_training": 0.25,
        "valid": 0.5,
        "average": 3.0,
        "calls": 4,
        "curve": [[1, 2.0], [3, best[0]]],
    }


def gp(model: Model, seed: int, log_likelihood: float, modern: bool = False) -> Row:
    values = {"log_likelihood": log_likelihood, "rmse": 0.9}
    values |= {"constant_log_likelihood": -1.8, "constant_rmse": 1.4}
    return {**common(model, "gp"), "modern": modern, "seed": seed, **values}


def train(model: Model, ks: float) -> Row:
    values = {"reconstruction": 0.9, "prior_valid": 0.8, "ks": ks, "covariance": 2.0}
    return {**common(model, "train"), "components": 25, **values}


GMM = Model("gmm-ks")
ROWS = [
    search(GMM, 0, [0.1, 0.2, 0.3]),
    search(GMM, 1, [0.3, 0.4, 0.5]),
    search(Model("gvae"), 0, [0.6, 0.7]),
    search(Model("gmm-ks", "autoregressive"), 0, [0.6, 0.7, 0.8]),
    search(Model("gmm-ks", seed=1), 0, [9.0, 9.0, 9.0]),
    search(GMM, 0, [0.05, 0.2, 0.3], fault="exclude-answer"),
    search(Model("gmm-ks", drop_best=True), 0, [0.7, 0.8, 0.9], "held-out"),
    gp(GMM, 0, -1.3),
    gp(GMM, 1, -1.5),
    gp(GMM, 0, -1.0, modern=True),
    gp(Model("gmm-ks", without="ks"), 0, -1.6),
    train(GMM, 1.5),
    train(Model("gmm-ks", seed=1), 2.5),
    train(Model("gmm-ks", without="ks"), 9.0),
]


@pytest.fixture(scope="module")
def found() -> dict[str, Table]:
    return {table.name: table for table in tables("expressions", ROWS)}


def row(table: Table, label: str) -> dict[str, str]:
    cells = dict(table.rows)[label]
    texts = [c.text(table.digits) if isinstance(c, Cell) else c for c in cells]
    return dict(zip(table.columns, texts, strict=True))


def test_cells() -> None:
    cell = Cell.of([1.0, None, 2.0, 3.0])
    assert (cell.mean, cell.count) == (2.0, 3)
    assert cell.error == pytest.approx(1 / math.sqrt(3))
    assert cell.text() == "2.00 ± 0.58 (3)"
    assert Cell.of([-0.5]).text() == "−0.50 (1)"
    assert Cell.of([None]).text() == Cell.of([]).text() == "–"
    assert signed(-0.001, 2) == "0.00"


def test_best_scores(found: dict[str, Table]) -> None:
    ours = row(found["table_4.3_kusner2017"], "GMM-KS")
    assert ours["1st"] == "0.200 ± 0.100 (2)"
    assert ours["3rd"] == "0.400 ± 0.100 (2)"
    assert ours["best in training"] == "0.250 ± 0.000 (2)"
    assert ours["best three of all seeds"] == "0.100 / 0.200 / 0.300"
    assert ours["thesis"] == "0.03 / 0.40 / 0.41"


def test_what_was_not_measured_is_a_dash(found: dict[str, Table]) -> None:
    table = found["table_4.3_kusner2017"]
    assert row(table, "GVAE")["3rd"] == "–"
    assert row(table, "GMM-KS, autoregressive")["thesis"] == "–"
    assert [label for label, _ in table.rows] == ["GVAE", "GMM-KS", "GMM-KS, autoregressive"]
    assert row(found["table_4.5"], "GMM-KS")["LL ↑, modern"] == "−1.000 (1)"


def test_each_string_counts_once_among_the_best_of_all_seeds() -> None:
    twice = [search(GMM, seed, [0.1, 0.2, 0.3]) for seed in (0, 1)]
    (table, *_) = tables("expressions", twice)
    assert row(table, "GMM-KS")["best three of all seeds"] == "0.100 / 0.200 / 0.300"


def test_higher_is_better_for_molecules() -> None:
    (table, *_) = tables("molecules", [search(GMM, 0, [4.0, 3.0, 2.0]), search(GMM, 1, [5.0])])
    assert row(table, "GMM-KS")["best three of all seeds"] == "5.000 / 4.000 / 3.000"
    assert row(table, "GMM-KS")["thesis"] == "4.15 / 3.84 / 3.12"


def test_predictions(found: dict[str, Table]) -> None:
    ours = row(found["table_4.5"], "GMM-KS")
    assert ours["LL ↑"] == "−1.400 ± 0.100 (2)"
    assert (ours["thesis: LL"], ours["thesis: RMSE"]) == ("−1.309", "0.877")
    assert row(found["table_4.5"], "constant prediction")["RMSE ↓"] == "1.400 ± 0.000 (2)"


def test_training_seeds_are_pooled_only_where_they_are_the_seeds(found: dict[str, Table]) -> None:
    assert row(found["models"], "GMM-KS")["KS distance to the prior"] == "2.000 ± 0.500 (2)"
    assert row(found["training_seeds"], "1")["1st, kusner2017"] == "9.000 (1)"
    assert row(found["training_seeds"], "0")["1st, held-out"] == "0.700 (1)"


def test_ablations_stand_beside_the_whole(found: dict[str, Table]) -> None:
    assert [label for label, _ in found["ablations"].rows] == [
        "GMM-KS (K = 25)",
        "GMM-KS, without KS (K = 25)",
    ]
    assert row(found["ablations"], "GMM-KS, without KS (K = 25)")["LL ↑"] == "−1.600 (1)"


def test_faults_are_compared_on_the_same_seeds(found: dict[str, Table]) -> None:
    assert row(found["faults"], "as published")["1st"] == "0.100 (1)"
    assert row(found["faults"], "`--exclude-above=-0.4`")["1st"] == "0.050 (1)"


def test_markdown_and_csv(found: dict[str, Table]) -> None:
    table = found["table_4.5"]
    lines = [line for line in table.markdown().splitlines() if line.startswith("|")]
    assert len(lines) == len(table.rows) + 2
    assert {line.count("|") for line in lines} == {len(table.columns) + 2}
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    assert len(rows) == len(table.rows) * len(table.columns)
    first = next(r for r in rows if r["row"] == "GMM-KS" and r["column"] == "LL ↑")
    assert (float(first["mean"]), float(first["standard_error"])) == pytest.approx((-1.4, 0.1))
    assert first["seeds"] == "2"


def test_figures_of_what_there_is() -> None:
    drawn = figures("expressions", ROWS)
    assert set(drawn) == {
        "calls_kusner2017.png",
        "calls_held-out.png",
        "predictions.png",
        "ablations.png",
    }
    for content in drawn.values():
        pixels = imread(io.BytesIO(content))
        assert pixels[..., :3].std() > 0.02  # something is drawn
        assert tuple(pixels[0, 0, :3]) == (1.0, 1.0, 1.0)
    assert figures("expressions", []) == {}


def test_an_empty_folder_has_no_results(tmp_path: Path) -> None:
    write_pages("expressions", tmp_path)
    assert (tmp_path / "results.jsonl").read_text() == ""
    assert (tmp_path / "tables.md").read_text() == ""
