import sys
from pathlib import Path
from typing import Any

import pytest

from latentbo.ledger import Evaluation, Status
from latentbo.metrics import auc_top

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "benchmarks"))
import makeable_hits as hits


def row(preset: str, task: str, value: float) -> dict[str, Any]:
    areas = dict.fromkeys(hits.AREAS, value)
    return {"preset": preset, "task": task, "seed": 0, "budget": 9, "makeable_hits": value, **areas}


def test_what_a_chemist_would_make() -> None:
    assert hits.is_makeable("Cc1ccc(S(N)(=O)=O)cc1")
    # An alert of PAINS alone, and of Brenk.
    assert not hits.is_makeable("O=C1NC(=S)SC1=Cc1ccccc1")
    assert not hits.is_makeable("O=C1C=CC(=O)C=C1")


def test_molecules_that_nobody_makes_count_as_calls_without_a_value() -> None:
    strings = ["Cc1ccc(S(N)(=O)=O)cc1", "O=C1C=CC(=O)C=C1"]
    rows = [
        Evaluation(call, 0, string, "initial", {}, Status.OK, value)
        for call, (string, value) in enumerate(zip(strings, (0.2, 0.8), strict=True), start=1)
    ]
    found = hits.measure({"budget": 2}, rows)
    assert found["makeable_hits"] == 0.5
    assert found["makeable_auc_top10"] == pytest.approx(auc_top([0.2, None], 10, 2))
    none = hits.measure({"budget": 2}, rows[1:])
    assert none["makeable_auc_top10"] == none["makeable_hits"] == 0.0


def test_the_table_has_means_by_preset() -> None:
    values = {"latent": (0.4, 0.1), "ga": (0.3, 0.3)}
    table = hits.table(
        [
            row(preset, task, v)
            for preset, vs in values.items()
            for task, v in zip("ab", vs, strict=True)
        ]
    )
    assert "9 calls, 2 tasks, 1 seed\n" in table
    assert "| latent | 25% | 0.200 | 0.200 | 0.200 | 0.200 |" in table
    assert "| ga | 30% | 0.300 |" in table
