import json
from pathlib import Path
from typing import Any

import does_the_prior_matter as study
import numpy as np
import pytest
from prior_study.analysis import answer, correlations, difference, explaining, primary
from prior_study.unit import ARMS, Unit, parse_unit

SEARCHES = [f"{moves} target {seed}" for moves in ("latent", "thesis") for seed in range(3)]


def row(arm: str, best: float, seed: int = 0, spread: float = 0.01) -> dict[str, Any]:
    """A training whose searches end near an error, the same noise in every arm."""
    noise = spread * np.random.default_rng(seed).standard_normal(len(SEARCHES))
    counts = {"decoded": 10, "invalid": 2, "unfinished": 0, "known": 3}
    return {
        **{"run": f"unit/{arm}-1-seed{seed}", "arm": arm, "weight": 1.0, "seed": seed},
        **{"targets": ["target"], "reconstruction": 0.98, "after_noise": {"0.5": 0.3}},
        **{"ks": best, "covariance": 2.0, "sliced": 10 - best, "gp target": {"rmse": 0.5}},
        "searches": {
            name: {"best": best + error, "mean_best": best + 1, "counts": counts}
            for name, error in zip(SEARCHES, noise, strict=True)
        },
    }


def rows(**errors: float) -> list[dict[str, Any]]:
    return [row(arm.replace("_", "-"), e, seed) for arm, e in errors.items() for seed in range(3)]


def test_a_clear_difference_is_resolved_and_a_small_one_is_not() -> None:
    found = rows(gmm_ks=1.0, plain=1.5, kl=1.001, mmd=0.8)
    clear = difference(found, "plain")
    assert clear.mean == pytest.approx(0.5, abs=1e-6)
    assert 0.4 < clear.low < clear.high < 0.6
    unclear = difference(found, "kl")
    assert unclear.low < 0 < unclear.high
    assert difference(found, "mmd").high < 0
    assert difference(found, "plain") == clear


def test_searches_are_paired() -> None:
    # All of the scatter is between searches, and the same in both arms.
    found = [row("gmm-ks", 1.0, 0, 5.0), row("plain", 1.1, 0, 5.0)]
    only = difference(found, "plain")
    assert (only.low, only.high) == pytest.approx((0.1, 0.1))
    by_latent = difference(found, "plain", "latent")
    assert by_latent.mean == pytest.approx(0.1)


def test_the_answer_follows_the_rule() -> None:
    assert answer(rows(gmm_ks=1.0, plain=2.0)) == ""
    assert answer(rows(gmm_ks=1.0, plain=2.0, kl=3.0, mmd=2.0)).startswith("GMM-KS helps")
    mixed = answer(rows(gmm_ks=1.0, plain=2.0, kl=1.0, mmd=0.5))
    assert mixed == (
        "GMM-KS is not shown to help the search: better than plain; worse than mmd; not resolved "
        "against kl."
    )


def test_read_outs_of_a_training() -> None:
    one = row("kl", 1.0, spread=0.0)
    assert primary(one) == 1.0
    assert primary(one, "mean_best") == 2.0
    assert explaining(one)["new"] == pytest.approx(0.5)
    found = correlations(rows(gmm_ks=1.0, plain=2.0, kl=3.0))
    assert found["ks"] > 0.8
    assert found["sliced"] < -0.8
    assert np.isnan(found["covariance"])


def test_the_largest_weight_that_keeps_the_reconstruction_is_taken() -> None:
    config = study.Config()
    found = {unit.name: {"reconstruction": 1 - unit.weight / 10} for unit in study.scans(config)}
    assert study.chosen_weight(config, found, "gmm-ks") == 0.3
    assert study.chosen_weight(config, found, "plain") == 1.0
    bad = {name: {"reconstruction": 0.5} for name in found}
    assert study.chosen_weight(config, bad, "gmm-ks") == 0.1
    wanted = study.units(config, found)
    assert len(wanted) == 3 * len(ARMS)
    assert {unit.seed for unit in wanted[: len(ARMS)]} == {0}
    assert config.scan_seed not in {unit.seed for unit in wanted}


def test_tables_and_figure_of_what_there_is(tmp_path: Path) -> None:
    found = rows(gmm_ks=1.0, plain=2.0)
    made = {table.name: table.markdown() for table in study.tables(found, [])}
    assert set(made) == {"scan", "arms", "why", "differences"}
    assert "| plain | +1.000" in made["differences"]
    assert study.figure(found).startswith(b"\x89PNG")
    assert [table.name for table in study.tables([], [])] == ["scan"]


def test_a_unit_comes_back_from_json() -> None:
    unit = study.SMOKE.unit("kl", 0.3, 4)
    assert parse_unit(json.dumps({**vars(unit)})) == unit
    assert unit.name == "unit/kl-0.3-seed4"
    assert isinstance(unit, Unit)
    assert study.SMOKE.unit("kl", 0.3, 4, is_scan=True).name == "scan/kl-0.3-seed4"
