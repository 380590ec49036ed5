"""Evaluation of a trained model: reconstruction, prior samples, distance of codes to the prior."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentbo.chemistry import MoleculeStatus, Standardized, standardize
from latentbo.errors import DataError
from latentbo.metrics import (
    exact_reconstruction,
    novelty,
    radical_fraction,
    structure_shares,
    uniqueness,
    validity,
)
from latentbo.models import TrainedModel, load_model
from latentbo.regularizers import Encoding, make_regularizer
from latentbo.representations import PAD, Decoded, DecodeStatus, RepresentationError
from latentbo.training.card import model_card
from latentbo.training.figures import latent_png, samples_png
from latentbo.training.noise import noisy_codes
from latentbo.training.run import PreparedData

NUM_STRINGS = 1000
NOISE_LEVELS = (0.1, 0.25, 0.5)
DISTANCE_SIZES = (100, 500, 1000)

#: Returns the canonical form of a string, None if it is not valid.
Canonical = Callable[[str], str | None]
Reader = Callable[[list[Decoded]], list[Standardized]]


@dataclass(frozen=True, eq=False)
class Examination:
    """The measurements of a model, and the data of its figures.

    Attributes:
        metrics: The result of `measure`.
        molecular: Whether its strings are molecules.
        codes: The `n x d` noise-free codes of the held-out strings.
        samples: The canonical strings of the prior samples, None where a decode is invalid.
    """

    metrics: dict[str, Any]
    molecular: bool
    codes: Tensor
    samples: list[str | None]


def measure(
    model: TrainedModel,
    test: Sequence[str],
    training: Collection[str],
    *,
    num_samples: int = NUM_STRINGS,
    seed: int = 0,
    canonical: Canonical | None = None,
) -> dict[str, Any]:
    """Measure a model; deterministic given the arguments.

    Args:
        model: The model.
        test: Strings not used in training, which the model can represent.
        training: Training strings, compared as given (so they should be canonical).
        num_samples: Number of samples of the prior.
        seed: Seed of samples, noise and random directions.
        canonical: Returns the canonical form of a string; None: if most test strings are molecules,
            they are standardized, else any complete decode is valid.

    Returns:
        JSON-able numbers: `num_held_out`, `num_samples`, `seed`, and `num_beams` if it is not 1;
        `reconstruction` (decodes at temperature 0 of held-out codes: `sequence`, the tokens as
        encoded; `canonical`, the canonical string; `after_noise`, the latter by standard deviation
        of Gaussian noise in units of the prior's; `nats`, the mean negative log likelihood of a
        string given its noise-free code), `samples` (the same of prior samples: shares
        `valid_as_decoded`, `with_radicals`, `valid` after
        saturation with hydrogen, `unique`, `novel`, and `round_trip`: unchanged after encoding and
        decoding), `prior_distance` (terms of noise-free held-out codes over their expectation under
        the prior, by batch size, averaged over disjoint batches), `prior_distance_noisy`, the same
        of codes with the noise of training, if training compared those with the prior, and for
        molecules `structures` (see `latentbo.metrics.structure_shares`, of `samples` and of
        `held_out` strings).

    Raises:
        DataError: If there are fewer than two held-out strings or no samples.
        RepresentationError: If the model cannot represent a held-out string.
    """
    return examine(
        model, test, training, num_samples=num_samples, seed=seed, canonical=canonical
    ).metrics


def examine(
    model: TrainedModel,
    test: Sequence[str],
    training: Collection[str],
    *,
    num_samples: int = NUM_STRINGS,
    seed: int = 0,
    canonical: Canonical | None = None,
) -> Examination:
    """Measure a model like `measure`, and keep the data of the figures."""
    if len(test) < 2 or num_samples < 1:
        raise DataError(
            f"{len(test)} held-out strings and {num_samples} samples are too few to measure with: "
            f"give at least 2 and 1"
        )
    molecular = canonical is None and are_molecules(test)
    read = _reader(molecular, canonical)
    generator = torch.Generator().manual_seed(seed)
    codes = model.encode(test)
    reconstruction = _measure_reconstruction(model, test, codes, read, generator)
    sampled = read(_decode(model, model.prior.sample(num_samples, generator))[1])
    metrics = {
        "num_held_out": len(test),
        "num_samples": num_samples,
        "seed": seed,
        **({} if model.num_beams == 1 else {"num_beams": model.num_beams}),
        "reconstruction": reconstruction,
        "samples": _measure_samples(model, sampled, training, read),
        "prior_distance": _measure_distance(model, codes, generator),
    }
    noisy = _with_training_noise(model, codes, generator)
    if noisy is not None:
        metrics["prior_distance_noisy"] = _measure_distance(model, noisy, generator)
    if molecular:
        strings = [sample.smiles for sample in sampled if sample.smiles is not None]
        groups = {"samples": strings, "held_out": [s for s in test if standardize(s).is_valid]}
        metrics["structures"] = {n: structure_shares(each) for n, each in groups.items() if each}
    return Examination(metrics, molecular, codes, [sample.smiles for sample in sampled])


def are_molecules(strings: Sequence[str]) -> bool:
    """Whether most of the first hundred strings are molecules."""
    first = strings[:100]
    return 2 * sum(standardize(string).is_valid for string in first) > len(first)


def measure_and_write(
    directory: Path, model: TrainedModel, data: PreparedData, canonical: Canonical | None = None
) -> None:
    """Measure the saved model of a folder, and write the figures and the card there.

    The model is read from its files first, so that the stored, rounded weights are measured.

    Args:
        directory: The folder, with the files of `latentbo.models.save_model`.
        model: Its device is used.
        data: The strings of its training, and their split.
        canonical: As in `measure`.
    """
    saved = load_model(directory, model.device)
    test = [data.strings[i] for i in data.split.test.tolist()[:NUM_STRINGS]]
    training = {data.strings[i] for i in data.split.training.tolist()}
    write_examination(directory, saved, examine(saved, test, training, canonical=canonical))


def write_examination(directory: Path, model: TrainedModel, examination: Examination) -> None:
    """Write `metrics.json`, `latent.png`, `samples.png` and `model_card.md`."""
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(examination.metrics, indent=1) + "\n"
    (directory / "metrics.json").write_text(text, encoding="utf-8")
    (directory / "latent.png").write_bytes(latent_png(examination.codes, model.prior))
    valid = [sample for sample in examination.samples if sample is not None]
    (directory / "samples.png").write_bytes(samples_png(valid, examination.molecular))
    card = model_card(model, examination.metrics, examination.molecular)
    (directory / "model_card.md").write_text(card, encoding="utf-8")


def _measure_reconstruction(
    model: TrainedModel,
    test: Sequence[str],
    codes: Tensor,
    read: Reader,
    generator: torch.Generator,
) -> dict[str, Any]:
    given = read([Decoded(string, DecodeStatus.COMPLETE) for string in test])
    originals = [row.smiles or string for row, string in zip(given, test, strict=True)]

    def share(decoded: list[Decoded]) -> float:
        return exact_reconstruction(originals, [row.smiles for row in read(decoded)])

    tokens, decoded = _decode(model, codes)
    same = (tokens == model.representation.encode(test)).all(1)
    deviation = model.prior.covariance.diagonal().sqrt()
    after_noise = {}
    for level in NOISE_LEVELS:
        noise = level * deviation * torch.randn(codes.shape, generator=generator)
        after_noise[f"{level}"] = share(_decode(model, codes + noise)[1])
    encoded = model.representation.encode(test)
    nats = -model.log_likelihood(encoded, codes) * (encoded != PAD).sum(1)
    return {
        "sequence": int(same.sum()) / len(test),
        "canonical": share(decoded),
        "after_noise": after_noise,
        "nats": float(nats.mean()),
    }


def _measure_samples(
    model: TrainedModel, sampled: list[Standardized], training: Collection[str], read: Reader
) -> dict[str, float]:
    as_decoded = [sample.is_valid and not sample.saturated for sample in sampled]
    valid = [sample.smiles for sample in sampled if sample.smiles is not None]
    return {
        "valid_as_decoded": sum(as_decoded) / len(sampled),
        "with_radicals": radical_fraction(sampled),
        "valid": validity(sampled),
        "unique": uniqueness(valid),
        "novel": novelty(valid, training),
        "round_trip": _count_round_trips(model, valid, read) / len(sampled),
    }


def _count_round_trips(model: TrainedModel, strings: list[str], read: Reader) -> int:
    """Count the strings that survive the round trip; not those that cannot be encoded."""
    held = [string for string in strings if _holds(model, string)]
    again = read(_decode(model, model.encode(held))[1])
    return sum(a == b.smiles for a, b in zip(held, again, strict=True))


def _holds(model: TrainedModel, string: str) -> bool:
    try:
        model.representation.indices(string)
    except RepresentationError:
        return False
    return True


def _measure_distance(
    model: TrainedModel, codes: Tensor, generator: torch.Generator
) -> dict[str, dict[str, float]]:
    """Average each term over the disjoint batches of each size, in units of its noise floor."""
    regularizer = make_regularizer("gmm-ks", model.prior)
    sizes = [n for n in DISTANCE_SIZES if n <= len(codes)] or [len(codes)]
    table: dict[str, dict[str, float]] = {}
    for n in sizes:
        batches = [batch for batch in codes.split(n) if len(batch) == n]
        terms = [regularizer(Encoding(batch, batch), generator) for batch in batches]
        for name in terms[0]:
            mean = sum(float(term[name]) for term in terms) / len(terms)
            table.setdefault(name, {})[str(n)] = mean
    return table


def _with_training_noise(
    model: TrainedModel, codes: Tensor, generator: torch.Generator
) -> Tensor | None:
    """Return the codes with training noise, if the regularizer used noisy codes."""
    settings = model.provenance.get("settings", {})
    if settings.get("regularized_codes") != "noisy":
        return None
    levels = settings.get("noise_levels", "fixed")
    return noisy_codes(codes, model.prior, settings["latent_noise"], levels, generator)


def _decode(model: TrainedModel, codes: Tensor) -> tuple[Tensor, list[Decoded]]:
    """Decode `n x d` codes: the `n x max_length` tokens, and the decoded strings."""
    tokens = model.decode_tokens(codes)
    return tokens, model.representation.decode(tokens)


def _reader(molecular: bool, canonical: Canonical | None) -> Reader:
    """Return the function that checks decodes: molecules are saturated, others made canonical."""

    def read(row: Decoded) -> Standardized:
        if molecular:
            return standardize(row.string or "")
        string = row.string
        if string is not None and canonical is not None:
            string = canonical(string)
        status = MoleculeStatus.UNPARSABLE if string is None else MoleculeStatus.VALID
        return Standardized(string, status)

    return lambda decoded: [read(row) for row in decoded]
