"""The smoke run of expressions.py: trains two methods, and optimizes under both protocols."""

import json
import os
from pathlib import Path

import expressions
import pytest
from published.study import main

from latentbo.data import DATASETS

DATA = Path(os.environ.get("LATENTBO_DATA_DIR", "")) / DATASETS["expressions100k"].filename


@pytest.mark.slow("experiments/expressions.py", "experiments/published", "experiments/study")
@pytest.mark.skipif(not DATA.is_file(), reason=f"needs {DATA.name} in LATENTBO_DATA_DIR")
def test_smoke_leaves_lines_and_tables(tmp_path: Path) -> None:
    arguments = ["--out", str(tmp_path), "--smoke", "--jobs", "1"]
    assert main(expressions.STUDY, expressions.SMOKE, "", arguments) == 0
    lines = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert {"gmm-ks", "gvae"} <= {row.get("method") for row in rows}
    assert (tmp_path / "tables.md").stat().st_size > 0
    assert list(tmp_path.glob("*.csv"))
