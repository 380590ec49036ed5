import json
from pathlib import Path
from typing import Any

import pytest
import torch

from latentbo.chemistry import standardize
from latentbo.errors import DataError
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    SequenceAutoencoder,
    TrainedModel,
    save_model,
)
from latentbo.regularizers import ks_distance, ks_expectation
from latentbo.representations import (
    CharacterRepresentation,
    Decoded,
    DecodeStatus,
    RepresentationError,
)
from latentbo.training import Split
from latentbo.training.evaluation import (
    are_molecules,
    examine,
    measure,
    measure_and_write,
    write_examination,
)
from latentbo.training.run import PreparedData


@pytest.fixture(scope="module")
def known(corpus: list[str]) -> list[str]:
    return corpus[::5]


@pytest.fixture
def expressions() -> TrainedModel:
    """A random model of strings that are no molecules."""
    representation = CharacterRepresentation.build(["x+1*sin(x)/(2-x)"], 20)
    sizes = NetworkConfig(4, 6, 8, 8, 1)
    torch.manual_seed(0)
    network = SequenceAutoencoder(len(representation.vocabulary), sizes)
    return TrainedModel(network, representation, sizes, PriorConfig(2))


def leaves(content: Any) -> list[Any]:
    if isinstance(content, dict):
        return [leaf for value in content.values() for leaf in leaves(value)]
    return [content]


def test_model_that_knows_its_strings_reconstructs_them(
    overfit_model: TrainedModel, known: list[str]
) -> None:
    found = measure(overfit_model, known, known, num_samples=200)
    assert found["reconstruction"]["sequence"] == 1
    assert found["reconstruction"]["canonical"] == 1
    after_noise = list(found["reconstruction"]["after_noise"].values())
    assert after_noise == sorted(after_noise, reverse=True)
    assert after_noise[-1] < 1
    samples = found["samples"]
    assert samples["valid_as_decoded"] <= samples["valid"] <= 1
    assert 0 < samples["round_trip"] <= samples["valid"]
    assert 0 < samples["novel"] < 1  # some are of the training set, which it knows by heart


def test_reconstruction_of_the_molecule_is_not_that_of_the_string(
    overfit_model: TrainedModel, known: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written another way, a molecule counts as reconstructed, its sequence does not."""
    canonical = [standardize(string).smiles for string in known]
    other = [s for s, c in zip(known, canonical, strict=True) if s != c]
    assert len(other) > 5
    codes = overfit_model.encode(other)
    rewritten = [standardize(string).smiles for string in other]
    given = [string for string in rewritten if string is not None]
    usable = [overfit_model.can_encode(string) for string in given]
    assert all(usable)
    monkeypatch.setattr(overfit_model, "encode", lambda strings: codes[: len(strings)])
    found = measure(overfit_model, given, [], num_samples=1)["reconstruction"]
    assert (found["canonical"], found["sequence"]) == (1, 0)


def test_novelty_is_against_the_training_strings(
    overfit_model: TrainedModel, known: list[str]
) -> None:
    examination = examine(overfit_model, known, [], num_samples=100)
    assert examination.metrics["samples"]["novel"] == 1
    seen = {sample for sample in examination.samples if sample is not None}
    again = measure(overfit_model, known, seen, num_samples=100)
    assert again["samples"]["novel"] == 0


def test_numbers_are_shares_and_repeat(overfit_model: TrainedModel, known: list[str]) -> None:
    runs = [measure(overfit_model, known, known, num_samples=50, seed=seed) for seed in (0, 0, 1)]
    assert runs[0] == runs[1]
    assert runs[0]["samples"] != runs[2]["samples"]
    assert json.loads(json.dumps(runs[0])) == runs[0]
    nats = runs[0]["reconstruction"].pop("nats")
    assert nats > 0
    shares = leaves(runs[0]["reconstruction"]) + leaves(runs[0]["samples"])
    assert len(shares) == 11
    assert all(0 <= share <= 1 for share in shares)
    assert (runs[0]["num_held_out"], runs[0]["num_samples"]) == (len(known), 50)


def test_nats_are_those_of_the_whole_string(overfit_model: TrainedModel, known: list[str]) -> None:
    found = measure(overfit_model, known, known, num_samples=1)["reconstruction"]["nats"]
    tokens = overfit_model.representation.encode(known)
    codes = overfit_model.encode(known)
    sums = []
    for row, code in zip(tokens, codes, strict=True):
        whole = row[: int((row != 0).sum())][None]
        with torch.no_grad():
            logs = overfit_model.network.logits(code[None], whole).log_softmax(2)
        sums.append(-float(logs.gather(2, whole[:, :, None]).sum()))
    assert found == pytest.approx(sum(sums) / len(sums), rel=1e-4)


def test_structures_of_samples_stand_beside_those_of_the_data(
    overfit_model: TrainedModel, known: list[str]
) -> None:
    found = measure(overfit_model, known, known, num_samples=30)["structures"]
    assert found["samples"].keys() == found["held_out"].keys()
    aromatic = sum("c" in string for string in known) / len(known)
    assert found["held_out"]["aromatic"] == pytest.approx(aromatic)


def test_codes_are_compared_as_the_training_compared_them(
    overfit_model: TrainedModel, known: list[str]
) -> None:
    provenance = overfit_model.provenance
    settings = {**provenance.get("settings", {}), "latent_noise": 5.0, "regularized_codes": "noisy"}
    overfit_model.provenance = {**provenance, "settings": settings}
    try:
        found = measure(overfit_model, known, known, num_samples=1)
    finally:
        overfit_model.provenance = provenance
    clean, noisy = found["prior_distance"], found["prior_distance_noisy"]
    assert all(noisy["covariance"][n] > 10 * clean["covariance"][n] for n in clean["covariance"])
    assert "prior_distance_noisy" not in measure(overfit_model, known, known, num_samples=1)


def test_shares_of_samples_count_what_they_say(
    overfit_model: TrainedModel, known: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = [
        Decoded("C[CH2]", DecodeStatus.COMPLETE),  # a radical: saturated, it is the next one
        Decoded("CC", DecodeStatus.COMPLETE),
        Decoded("CCC", DecodeStatus.COMPLETE),
        Decoded("C.C", DecodeStatus.COMPLETE),
        Decoded(None, DecodeStatus.UNFINISHED),
    ]
    monkeypatch.setattr(
        overfit_model.representation, "decode", lambda tokens: (pool * 20)[: len(tokens)]
    )
    examination = examine(overfit_model, known, {"CCC"}, num_samples=5)
    assert examination.samples == ["CC", "CC", "CCC", None, None]
    samples = examination.metrics["samples"]
    assert samples == {
        "valid_as_decoded": 2 / 5,
        "with_radicals": 1 / 5,
        "valid": 3 / 5,
        "unique": 2 / 3,
        "novel": 1 / 2,
        "round_trip": 3 / 5,
    }


def test_distance_is_in_units_of_the_noise_floor(
    overfit_model: TrainedModel, known: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = torch.Generator().manual_seed(5)
    drawn = overfit_model.prior.sample(1200, generator)
    monkeypatch.setattr(overfit_model, "encode", lambda strings: drawn[: len(strings)])
    found = measure(overfit_model, known * 30, known, num_samples=1)["prior_distance"]
    assert found.keys() == {"ks", "covariance", "mean", "sliced"}
    for by_size in found.values():
        assert list(by_size) == ["100", "500", "1000"]
        assert by_size["100"] == pytest.approx(1, abs=0.35)  # twelve batches of 100
    batches = [drawn[i : i + 500] for i in (0, 500)]
    ks = [ks_distance(b, overfit_model.prior, "midpoint") for b in batches]
    expected = sum(map(float, ks)) / 2 / ks_expectation(500, "midpoint")
    assert found["ks"]["500"] == pytest.approx(expected)


def test_few_strings_are_one_batch(overfit_model: TrainedModel, known: list[str]) -> None:
    found = measure(overfit_model, known[:7], known, num_samples=1)["prior_distance"]
    assert {tuple(by_size) for by_size in found.values()} == {("7",)}


def test_strings_that_are_no_molecules(expressions: TrainedModel, tmp_path: Path) -> None:
    test = ["x+1", "sin(x)", "x*(1-x)"]
    assert not are_molecules(test)
    examination = examine(expressions, test, test, num_samples=40)
    assert not examination.molecular
    assert examination.metrics["samples"]["with_radicals"] == 0
    write_examination(tmp_path, expressions, examination)
    card = (tmp_path / "model_card.md").read_text(encoding="utf-8")
    assert "radicals" not in card
    assert "chemist" not in card
    assert (tmp_path / "samples.png").read_bytes().startswith(b"\x89PNG")


def test_molecules_are_recognised(corpus: list[str]) -> None:
    assert are_molecules(corpus)
    assert are_molecules(["CC", "CO", "no"])
    assert not are_molecules([])


@pytest.mark.parametrize(("held_out", "samples"), [(1, 5), (0, 5), (5, 0)])
def test_too_little_to_measure_with(
    overfit_model: TrainedModel, known: list[str], held_out: int, samples: int
) -> None:
    with pytest.raises(DataError, match=f"{held_out} held-out strings and {samples} samples"):
        measure(overfit_model, known[:held_out], known, num_samples=samples)


def test_unknown_symbol_among_the_held_out(overfit_model: TrainedModel, known: list[str]) -> None:
    with pytest.raises(RepresentationError, match="symbol 'I'"):
        measure(overfit_model, [*known, "CI"], known)


def test_what_is_measured_is_what_was_saved(
    overfit_model: TrainedModel, known: list[str], tmp_path: Path
) -> None:
    """The files decide, not the model in memory, whose weights were not rounded."""
    save_model(overfit_model, tmp_path)
    tokens = overfit_model.representation.encode_bulk(known)[0]
    split = Split(*torch.arange(40).split([20, 10, 10]))
    data = PreparedData(tokens, known, split, 0)
    sizes = overfit_model.network_config
    assert isinstance(sizes, NetworkConfig)
    other = SequenceAutoencoder(len(overfit_model.representation.vocabulary), sizes)
    spoilt = TrainedModel(other, overfit_model.representation, sizes, overfit_model.prior_config)
    measure_and_write(tmp_path, spoilt, data)
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["reconstruction"]["canonical"] == 1
    assert metrics["num_held_out"] == 10
    for name in ("latent.png", "samples.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    assert "| exact reconstruction, canonical molecule | 1.000 |" in (
        tmp_path / "model_card.md"
    ).read_text(encoding="utf-8")
