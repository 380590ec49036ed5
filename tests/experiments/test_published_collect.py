"""Made-up folders of finished jobs become rows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from published.collect import collect

from latentbo.ledger import Ledger, Proposal, StepRecord
from latentbo.protocols.held_out import write_labelled


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_log(out: Path, name: str, *events: dict[str, Any]) -> None:
    path = out / "logs" / f"{name.replace('/', '--')}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(event) + "\n" for event in events))


def write_run(
    folder: Path, states: Sequence[dict[str, Any]], batches: Sequence[Sequence[tuple[str, float]]]
) -> None:
    write_json(folder / "config.json", {"seed": 4, "versions": {"torch": "2", "latentbo": "1"}})
    call = 0
    with Ledger.create(folder / "ledger.sqlite") as ledger:
        for batch, (state, rows) in enumerate(zip(states, batches, strict=True)):
            first = call + 1
            ledger.propose(
                StepRecord(batch, state),
                [Proposal(first + i, batch, string, "x") for i, (string, _) in enumerate(rows)],
            )
            for _, value in rows:
                call += 1
                ledger.start(call)
                ledger.finish(call, value)


def point(string: str | None, source: str, value: float | None = None) -> dict[str, Any]:
    return {"code": [0.0], "string": string, "source": source, "value": value}


def test_trainings(tmp_path: Path) -> None:
    name = "train/gmm-ks-published-seed1-components5"
    distances = {"100": 1.0, "1000": 2.0}
    metrics = {
        "reconstruction": {"canonical": 0.9},
        "samples": {"valid": 0.8},
        "prior_distance": {"ks": distances, "covariance": distances},
    }
    write_json(tmp_path / name / "metrics.json", metrics)
    settings = {"training": {"epochs": 2}, "prior": {"num_components": 5}, "version": "1"}
    write_json(tmp_path / name / "training.json", settings)
    write_log(
        tmp_path,
        name,
        *({"started": "then", "commit": "a"}, {"code": 1, "seconds": 5}),
        *({"started": "now", "commit": "b"}, {"code": 0, "seconds": 2}),
    )
    (row,) = collect("expressions", tmp_path)
    assert (row["training_seed"], row["components"], row["epochs"]) == (1, 5, 2)
    assert (row["ks"], row["num_codes"], row["prior_valid"]) == (2.0, 1000, 0.8)
    assert (row["seconds"], row["commit"]) == (7, "b")


def test_unfinished_and_foreign_folders_are_left_out(tmp_path: Path) -> None:
    for name in ("train/gvae-published-seed0", "train/notes", "gp/gvae-published-seed0"):
        write_json(tmp_path / name / "metrics.json", {})
    write_log(tmp_path, "train/gvae-published-seed0", {"started": "now"})
    assert collect("expressions", tmp_path) == []


def test_predictions(tmp_path: Path) -> None:
    measures = ("log_likelihood", "rmse", "constant_log_likelihood", "constant_rmse", "seconds")
    results = [{"seed": seed, **dict.fromkeys(measures, seed + 0.5)} for seed in (0, 1)]
    name = "gp/cvae-published-seed0-modern"
    write_json(tmp_path / name / "gp.json", {"results": results, "settings": {"version": "1"}})
    rows = collect("expressions", tmp_path)
    assert [row["rmse"] for row in rows] == [0.5, 1.5]
    assert {row["model"] for row in rows} == {"cvae-published-seed0"}
    assert all(row["modern"] and row["seconds"] is None for row in rows)


@pytest.mark.parametrize(("task", "sign"), [("expressions", -1), ("molecules", 1)])
def test_a_run_of_the_published_protocol(tmp_path: Path, task: str, sign: int) -> None:
    """Its points are calls, known strings, or nothing valid; the curve counts the calls alone."""
    gp = {"log_likelihood": -1.0, "rmse": 1.0}
    first = [point("a", "call"), point("b", "labels", -0.5), point(None, "invalid")]
    states: list[dict[str, Any]] = [
        {"points": first, "gp": gp, "best_in_training": -0.25, "best_in_data": -0.25},
        {"points": [point("a", "ledger"), point("c", "call")]},
    ]
    folder = tmp_path / "kusner2017" / "gvae-published-seed0" / "seed4"
    write_run(folder, states, [[("a", -2.0)], [("c", -0.1)]])
    (row,) = collect(task, tmp_path)
    assert row["best"] == [sign * -0.1, sign * -0.5, sign * -2.0]
    assert row["best_strings"] == ["c", "b", "a"]
    assert (row["best_in_training"], row["valid"], row["calls"]) == (sign * -0.25, 0.8, 2)
    assert row["average"] == pytest.approx(sign * (-2.0 - 0.5 - 2.0 - 0.1) / 4)
    assert row["curve"] == [[1, sign * -2.0], [1, sign * -0.5], [2, sign * -0.1]]
    assert (row["protocol"], row["fault"], row["seed"]) == ("kusner2017", None, 4)


def test_a_run_with_a_mended_fault(tmp_path: Path) -> None:
    gp = {"log_likelihood": -1.0, "rmse": 1.0}
    state = {"points": [point("a", "call")], "gp": gp, "best_in_training": 0.0, "best_in_data": 0.0}
    folder = tmp_path / "faults" / "reencode" / "gmm-ks-published-seed0" / "seed4"
    write_run(folder, [state], [[("a", -2.0)]])
    (row,) = collect("expressions", tmp_path)
    assert (row["stage"], row["protocol"], row["fault"]) == ("faults", "kusner2017", "reencode")


def test_a_held_out_run(tmp_path: Path) -> None:
    folder = tmp_path / "held-out" / "gvae-published-seed0-drop-best" / "seed4"
    states = [{"decoded": 6, "invalid": 1}, {"decoded": 4, "invalid": 2}]
    write_run(folder, states, [[("a", -2.0), ("b", -3.0)], [("c", -1.0)]])
    write_labelled(folder / "labelled.csv", [("d", -4.0), ("e", -1.5)])
    (row,) = collect("expressions", tmp_path)
    assert (row["best"], row["best_in_training"]) == ([1.0, 2.0, 3.0], 1.5)
    assert (row["valid"], row["average"], row["calls"]) == (0.7, 2.0, 3)
    assert row["curve"] == [[1, 2.0], [3, 1.0]]


MEASURED = {
    "log_likelihood": -1.5,
    "rmse": 0.75,
    "constant_log_likelihood": -2.0,
    "constant_rmse": 1.25,
}


def write_published(out: Path, name: str, gp: dict[str, float]) -> None:
    state = {"points": [point("a", "call")], "gp": gp, "best_in_training": 0.0, "best_in_data": 0.0}
    write_run(out / "kusner2017" / name / "seed4", [state], [[("a", -2.0)]])


def test_the_first_fit_of_a_run_is_a_prediction(tmp_path: Path) -> None:
    write_published(tmp_path, "cvae-published-seed0", {**MEASURED, "num_train": 9})
    gp, search = collect("expressions", tmp_path)
    assert gp.items() >= MEASURED.items()
    assert (gp["kind"], gp["stage"], gp["modern"], gp["seed"]) == ("gp", "gp", False, 4)
    assert (gp["method"], gp["version"], gp["fit_seconds"]) == ("cvae", "1", None)
    assert gp["folder"] == search["folder"] == "kusner2017/cvae-published-seed0/seed4"
    assert search["kind"] == "search"


def test_no_split_is_counted_twice(tmp_path: Path) -> None:
    """Of an evaluation and a run with one seed and so one split, the evaluation counts."""
    write_published(tmp_path, "cvae-published-seed0", MEASURED)
    write_published(tmp_path, "gvae-published-seed0", MEASURED)
    for end, seed in (("", 4), ("-modern", 5)):
        row = {"seed": seed, **dict.fromkeys(MEASURED, 9.0), "seconds": 1.0}
        content = {"results": [row], "settings": {"version": "1"}}
        write_json(tmp_path / "gp" / f"cvae-published-seed0{end}" / "gp.json", content)
    # With modern settings it is another evaluation, and does not stand for a run's.
    row = {"seed": 4, **dict.fromkeys(MEASURED, 8.0), "seconds": 1.0}
    content = {"results": [row], "settings": {"version": "1"}}
    write_json(tmp_path / "gp" / "gvae-published-seed0-modern" / "gp.json", content)
    rows = [row for row in collect("expressions", tmp_path) if row["kind"] == "gp"]
    found = sorted((row["method"], row["modern"], row["seed"], row["rmse"]) for row in rows)
    assert found == [
        ("cvae", False, 4, 9.0),
        ("cvae", True, 5, 9.0),
        ("gvae", False, 4, 0.75),
        ("gvae", True, 4, 8.0),
    ]


def test_a_run_without_a_full_evaluation_gives_no_prediction(tmp_path: Path) -> None:
    write_published(tmp_path, "cvae-published-seed0", {"log_likelihood": -1.0, "rmse": 1.0})
    (row,) = collect("expressions", tmp_path)
    assert row["kind"] == "search"
    write_run(tmp_path / "kusner2017" / "gvae-published-seed0" / "seed4", [], [])
    assert [row["kind"] for row in collect("expressions", tmp_path)] == ["search", "search"]


def test_a_black_box_run_is_a_protocol_of_its_own(tmp_path: Path) -> None:
    for protocol in ("held-out", "black-box"):
        folder = tmp_path / protocol / "gmm-ks-published-seed0-drop-best" / "seed4"
        write_run(folder, [{"decoded": 1, "invalid": 0}], [[("a", -2.0)]])
        write_labelled(folder / "labelled.csv", [("d", -4.0)])
    rows = collect("expressions", tmp_path)
    assert [row["protocol"] for row in rows] == ["held-out", "black-box"]
    assert [row["stage"] for row in rows] == ["held-out", "black-box"]
    assert all(row["best_in_training"] == 4.0 for row in rows)
