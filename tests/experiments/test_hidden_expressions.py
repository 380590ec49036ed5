import os
from pathlib import Path
from typing import Any

import hidden_expressions as study
import pytest

from latentbo.data import DATASETS

DATA = Path(os.environ.get("LATENTBO_DATA_DIR", "")) / DATASETS["expressions100k"].filename


def row(arm: str, seed: int, best: float) -> dict[str, Any]:
    return {
        **{"arm": arm, "target": "x*x", "seed": seed, "best": best, "after_100": best + 1},
        **{"mean_best": best + 0.5, "ms_a_call": 100 + seed},
    }


def test_the_table_has_means_over_seeds() -> None:
    rows = [row("codes", 0, 0.3), row("codes", 1, 0.5), row("edits", 0, 0.25)]
    lines = dict(study.table(rows).rows)
    assert lines["`x*x`, codes"] == [
        *("2", "0.400 ± 0.100", "1.400 ± 0.100", "0.900 ± 0.100"),
        *("0.300 / 0.500", "100"),
    ]
    assert lines["`x*x`, edits"][1] == "0.250"


@pytest.mark.slow("experiments/hidden_expressions.py")
@pytest.mark.skipif(not DATA.is_file(), reason=f"needs {DATA.name} in LATENTBO_DATA_DIR")
def test_arms_start_from_the_same_labels(tmp_path: Path) -> None:
    config = study.Config(calls=1, labels=30)
    codes, edits = (study.search(config, arm, "x*x+x", 0) for arm in ("codes", "edits"))
    assert codes["best_of_labels"] == edits["best_of_labels"] > 0
    assert codes["calls"] == 1
    assert set(codes["origins"]) <= {"trust-region", "prior"}


def test_unknown_arms_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        study.parse(["--out", "x", "--arms", "codes,magic"])
    assert "'magic' is none of codes, edits" in capsys.readouterr().err
