"""Several objectives through the command line: the front in ledger, files and reports."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latentbo.ledger import Evaluation, Ledger, StepRecord
from latentbo.objectives import OBJECTIVES, objective_from

Optimize = Callable[..., tuple[int, str, str]]

LEAD = "Cc1ccccc1O"
GOALS = f"""
mean = "pareto"

[[term]]
objective = "qed"
reference = 0.3

[[term]]
name = "likeness"
objective = "similarity:{LEAD}"
weight = 3
"""


@pytest.fixture
def goals(tmp_path: Path) -> Path:
    path = tmp_path / "goals.toml"
    path.write_text(GOALS)
    return path


def recorded(directory: Path) -> tuple[list[Evaluation], list[StepRecord], list[Any]]:
    with Ledger.open(directory / "ledger.sqlite") as ledger:
        return ledger.evaluations(), ledger.steps(), ledger.comparable()


def surpassed(one: tuple[float, ...], others: list[tuple[float, ...]]) -> bool:
    return any(
        other != one and all(high >= low for high, low in zip(other, one, strict=True))
        for other in others
    )


def test_the_front_of_a_run_is_in_ledger_and_files(
    optimize: Optimize, options: list[Any], goals: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    given = ["--objective", goals, "--preset", "ga", "--out", out]
    code, stdout, stderr = optimize(*options, *given)
    assert (code, stderr) == (0, "")
    rows, steps, _ = recorded(out)
    assert len(rows) == 24
    similarity = objective_from(f"similarity:{LEAD}")
    for row in rows:
        qed, likeness = OBJECTIVES["qed"](row.string), similarity(row.string)
        assert row.terms["qed"] == {"raw": qed, "score": qed}
        assert row.terms["likeness"] == {"raw": likeness, "score": likeness}
        assert row.value == pytest.approx((qed + 3 * likeness) / 4)
    assert "weights" not in steps[0].state
    drawn = [step.state["weights"] for step in steps[1:]]
    assert len(drawn) >= 2
    assert len({tuple(each.values()) for each in drawn}) == len(drawn)
    assert all(sum(each.values()) == pytest.approx(1) for each in drawn)

    points = {row.string: (row.terms["qed"]["raw"], row.terms["likeness"]["raw"]) for row in rows}
    front = {name for name, one in points.items() if not surpassed(one, list(points.values()))}
    with (out / "pareto.csv").open(newline="") as file:
        members = list(csv.DictReader(file))
    assert {row["smiles"] for row in members} == front
    assert [float(row["qed_raw"]) for row in members] == pytest.approx(
        sorted((points[name][0] for name in front), reverse=True)
    )
    for name in ("pareto.png", "hypervolume.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    told = " ".join(stdout.split())
    assert f"Pareto front: {len(front)} of 24, hypervolume " in told
    assert "above qed 0.3, likeness 0" in told
    header = (out / "hits.csv").read_text().splitlines()[0].split(",")
    assert header[5:7] == ["qed_raw", "likeness_raw"]
    assert 'id="front"' in (out / "report.html").read_text()


def test_a_resumed_run_has_the_same_ledger(
    optimize: Optimize, options: list[Any], goals: Path, tmp_path: Path
) -> None:
    given = [*options, "--objective", goals, "--preset", "hybrid", "--quiet"]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert optimize(*given, "--out", whole)[0] == 0
    assert optimize(*given, "--out", cut, "--budget", 16)[0] == 0
    config = json.loads((cut / "config.json").read_text())
    assert list(config["pareto"]) == ["qed", "likeness"]
    config["budget"] = config["optimizer"]["budget"] = 24
    (cut / "config.json").write_text(json.dumps(config))
    assert optimize("--resume", cut, "--quiet")[0] == 0
    assert len(recorded(cut)[0]) == 24
    assert recorded(cut)[2] == recorded(whole)[2]

    goals.write_text(GOALS.replace("0.3", "0.4"))
    code, _, stderr = optimize("--resume", cut)
    assert code == 2
    assert "goals.toml is not the one this run" in stderr
    # The front's reference stays what it was, whatever else is accepted.
    code, _, stderr = optimize("--resume", cut, "--accept-changes")
    assert code == 2
    assert "reference 0.4" in stderr


def test_what_cannot_have_a_front(
    optimize: Optimize, options: list[Any], goals: Path, tmp_path: Path
) -> None:
    out = ["--out", tmp_path / "out"]
    code, _, stderr = optimize(
        *("molecules", "--protocol", "held-out", "--objective", goals, *out, "--model", options[2])
    )
    assert (code, "a protocol is for one value, and goals.toml has a Pareto" in stderr) == (2, True)
    goals.write_text(GOALS.replace("reference", "referense"))
    code, _, stderr = optimize(*options, "--objective", goals, *out)
    assert (code, "no key 'referense' (did you mean 'reference'?)" in stderr) == (2, True)
    assert not (tmp_path / "out").exists()
