"""The smoke run of default_run.py."""

import json
from pathlib import Path

import default_run
import pytest


@pytest.mark.slow("experiments/default_run.py", "latentbo/optimizer", "latentbo/proposals")
def test_smoke_leaves_a_line_a_run_a_table_and_figures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert default_run.main(["--out", str(out), "--smoke"]) == 0
    rows = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    done = [("hybrid", 0), ("hybrid", 1), ("latent", 0), ("latent", 1)]
    assert [(row["preset"], row["seed"]) for row in rows] == done
    for row in rows:
        assert row["calls"] == len(row["curve"]) == len(row["curve_random"]) == 40
        assert row["best_initial"] <= row["best"]
        assert row["best_random"] <= row["best_pool"]
    table = (out / "table.md").read_text()
    assert table.count("mean ±") == 2
    for name in ("convergence.png", "structures.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert default_run.main(["--out", str(out), "--smoke"]) == 2
    assert default_run.main(["--out", str(out), "--smoke", "--resume"]) == 0
    assert (out / "table.md").read_text() == table
