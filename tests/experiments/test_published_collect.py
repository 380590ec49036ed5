"""Made-up folders of finished jobs become rows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from published.collect import collect

from latentbo.optimizer import Ledger, Proposal, StepRecord
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
    write_json(folder / "config.json", {"seed": 4, "versions": {"torch": "2"}})
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
