from typing import Any

import pytest

from latentbo.data import DATASETS
from latentbo.models import TrainedModel
from latentbo.training import SequencePairConfig, TrainingConfig
from latentbo.training.card import (
    distance_rows,
    model_card,
    share_rows,
    stages,
    structure_rows,
)

METRICS: dict[str, Any] = {
    "num_held_out": 1000,
    "num_samples": 500,
    "seed": 4,
    "reconstruction": {
        "sequence": 0.7513,
        "canonical": 0.7548,
        "after_noise": {"0.1": 0.731, "0.5": 0.122},
    },
    "samples": {
        "valid_as_decoded": 0.741,
        "with_radicals": 0.256,
        "valid": 0.997,
        "unique": 0.993,
        "novel": 0.991,
        "round_trip": 0.087,
    },
    "prior_distance": {
        name: {"100": 1.064, "1000": 1.561} for name in ("ks", "covariance", "mean", "sliced")
    },
}


def test_every_measured_number_is_in_the_card(tiny_model: TrainedModel) -> None:
    card = model_card(tiny_model, METRICS, molecular=True)
    for value in ("0.755", "0.751", "0.731", "0.122", "0.741", "0.256", "0.997", "0.993", "0.087"):
        assert f"| {value} |" in card
    assert card.count("| 1.06 | 1.56 |") == 4
    assert "On 1,000 held-out strings and 500 samples of the prior (seed 4)" in card
    assert "MIT" in card
    parameters = sum(p.numel() for p in tiny_model.network.parameters())
    assert f"{parameters:,} parameters" in card


def test_training_is_told_from_the_provenance(
    tiny_model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = DATASETS["zinc250k"].sha256
    provenance = {
        "command": "python -m latentbo.train molecules --out a|b",
        "data": {"file": "zinc.smi", "sha256": sha256, "lines": 249455},
        "machine": "1 CPU thread, x86_64",
        "processor_hours": 1.25,
        "version": "0.1.0",
        "settings": {"epochs": 1.6, "regularizer": "gmm-ks", "note": "a|b"},
    }
    monkeypatch.setattr(tiny_model, "provenance", provenance)
    card = model_card(tiny_model, METRICS, molecular=True)
    assert "```\npython -m latentbo.train molecules --out a|b\n```" in card
    for row in (
        "| data | zinc.smi, 249,455 lines |",
        f"| sha256 of the strings | `{sha256}` |",
        f"| source | {DATASETS['zinc250k'].source} |",
        "| machine | 1 CPU thread, x86_64 |",
        "| hours of processor time | 1.25 |",
        "| epochs | 1.6 |",
        "| regularizer | gmm-ks |",
        r"| note | a\|b |",
    ):
        assert row in card
    assert "Stage" not in card


def test_stages_come_in_order(tiny_model: TrainedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    prototype = {"settings": {"lr": 0.001}, "measured": {"valid": 0.5}}
    second = {"command": "second", "settings": {}, "stage_1": prototype}
    third = {"command": "third", "settings": {}, "stage_1": second}
    assert [stage.get("command") for stage in stages(third)] == [None, "second", "third"]
    assert stages({}) == []
    assert stages({"stage_1": prototype}) == [prototype]
    monkeypatch.setattr(tiny_model, "provenance", third)
    card = model_card(tiny_model, METRICS, molecular=True)
    places = [card.index(f"### Stage {n} of 3") for n in (1, 2, 3)]
    assert places == sorted(places)
    assert places[0] < card.index('"valid": 0.5') < places[1]
    assert card.index("prototype outside") < places[1] < card.index("```\nsecond") < places[2]


def test_model_without_history_has_no_training_section(tiny_model: TrainedModel) -> None:
    assert not tiny_model.provenance
    assert "## Training" not in model_card(tiny_model, METRICS, molecular=True)


def test_rows_for_strings_do_not_speak_of_molecules() -> None:
    names = [name for name, _ in share_rows(METRICS, molecular=False)]
    assert "exact reconstruction, canonical string" in names
    assert not any("radical" in name or "molecule" in name for name in names)
    assert len(names) == len(share_rows(METRICS, molecular=True)) - 2


def test_distance_table_has_a_head_and_one_column_a_size() -> None:
    rows = distance_rows(METRICS)
    assert rows[0][1:] == ("N = 100", "N = 1000")
    assert [row[1:] for row in rows[1:]] == [("1.06", "1.56")] * 4


def test_what_the_model_never_saw_is_told(
    tiny_model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"file": "e.txt", "sha256": "0" * 64, "lines": 100, "limit": 7}
    dropped = {"drop_best": 0.5, "objective": "target-fit", "threshold": -4.64646}
    monkeypatch.setattr(tiny_model, "provenance", {"data": data | dropped, "settings": {}})
    card = model_card(tiny_model, METRICS, molecular=False)
    assert "| never seen | the best 50% by target-fit, all above -4.64646 |" in card
    assert "| strings drawn at random | 7 |" in card


def test_card_says_how_strings_were_attacked(
    tiny_model: TrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TrainingConfig(robust=SequencePairConfig(epsilon=0.07)).as_settings()
    monkeypatch.setattr(tiny_model, "provenance", {"command": "x", "settings": settings})
    card = model_card(tiny_model, METRICS, molecular=True)
    assert "| robust objective | coupled |" in card
    assert "| robust epsilon | 0.07 |" in card


def test_structures_of_samples_stand_beside_the_data(tiny_model: TrainedModel) -> None:
    shares = {"large_rings": 0.021, "aromatic": 0.871, "median_sa": 3.412, "median_qed": 0.7}
    data = {"large_rings": 0.0, "aromatic": 0.93, "median_sa": 2.9, "median_qed": 0.75}
    metrics = {**METRICS, "structures": {"samples": shares, "held_out": data}}
    card = model_card(tiny_model, metrics, molecular=True)
    assert "| structures | prior samples | held-out molecules |" in card
    assert "| with a ring of more than seven atoms | 0.021 | 0.000 |" in card
    assert "| synthetic accessibility (1 easy, 10 hard), median | 3.41 | 2.90 |" in card
    assert structure_rows(METRICS) == []


def test_distances_with_and_without_noise_are_told_apart(tiny_model: TrainedModel) -> None:
    metrics = {**METRICS, "prior_distance_noisy": METRICS["prior_distance"]}
    names = [row[0] for row in distance_rows(metrics)]
    assert {"KS term", "KS term, with noise"} <= set(names)
    assert "with that of the training" in model_card(tiny_model, metrics, molecular=True)
