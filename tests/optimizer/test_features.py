from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from latentbo.models import TrainedModel
from latentbo.optimizer.features import NUM_CONFIDENCE, Featurizer


def test_codes_come_back_from_features(tiny_model: TrainedModel, molecules: list[str]) -> None:
    featurizer = Featurizer(tiny_model)
    codes = tiny_model.encode(molecules)
    features = featurizer.features(molecules, codes)
    assert features.shape == (len(molecules), featurizer.num_features)
    assert featurizer.num_features == tiny_model.num_dimensions + NUM_CONFIDENCE
    assert features.dtype == torch.float64
    torch.testing.assert_close(featurizer.codes(features), codes, atol=1e-5, rtol=1e-5)


def test_codes_are_in_units_of_the_prior(tiny_model: TrainedModel) -> None:
    # Its mean is 0.5, and ten standard deviations are 1; its prior is standard normal.
    codes = torch.zeros(2, tiny_model.num_dimensions)
    codes[1, 3] = 2.0
    features = Featurizer(tiny_model).features(["C", "CC"], codes)
    expected = torch.full((2, tiny_model.num_dimensions), 0.5).double()
    expected[1, 3] = 0.7
    torch.testing.assert_close(features[:, :-NUM_CONFIDENCE], expected)


def test_confidence_is_the_likelihood_of_the_string_and_its_length(
    tiny_model: TrainedModel, molecules: list[str]
) -> None:
    codes = tiny_model.encode(molecules)
    features = Featurizer(tiny_model).features(molecules, codes)
    nats, lengths = features[:, -2], features[:, -1]
    tokens = [tiny_model.representation.indices(molecule) for molecule in molecules]
    expected = [len(row) / tiny_model.representation.max_length for row in tokens]
    assert lengths.tolist() == pytest.approx(expected)
    assert (nats >= 0).all()
    alone = Featurizer(tiny_model).features(molecules[3:4], codes[3:4])
    torch.testing.assert_close(alone[0], features[3], atol=1e-5, rtol=1e-5)


def test_codes_can_stand_alone(tiny_model: TrainedModel, molecules: list[str]) -> None:
    codes = tiny_model.encode(molecules)
    alone = Featurizer(tiny_model, confidence=False)
    both = Featurizer(tiny_model).features(molecules, codes)
    assert torch.equal(alone.features(molecules, codes), both[:, :-NUM_CONFIDENCE])
    assert alone.num_features == tiny_model.num_dimensions


def test_codes_can_be_in_units_of_the_data(tiny_model: TrainedModel) -> None:
    featurizer = Featurizer(tiny_model, confidence=False)
    generator = torch.Generator().manual_seed(0)
    codes = 3 + 5 * torch.randn(9, tiny_model.num_dimensions, generator=generator)
    codes[:, 1] = 2.0  # no spread: the prior's deviation, which is 1
    strings = ["C"] * len(codes)
    featurizer.scale_to(codes)
    features = featurizer.features(strings, codes)
    torch.testing.assert_close(features.mean(0), torch.full_like(features[0], 0.5))
    spread = features.std(0)
    expected = torch.full_like(spread, 0.1)
    expected[1] = 0.0
    torch.testing.assert_close(spread, expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(featurizer.codes(features), codes, atol=1e-5, rtol=1e-5)
    featurizer.scale_to(codes[:1])  # one code has no spread: nothing changes
    assert torch.equal(featurizer.features(strings, codes), features)


def test_no_strings_have_no_rows(tiny_model: TrainedModel) -> None:
    featurizer = Featurizer(tiny_model)
    features = featurizer.features([], torch.empty(0, tiny_model.num_dimensions))
    assert features.shape == (0, featurizer.num_features)
    assert featurizer.codes(features).shape == (0, tiny_model.num_dimensions)


def lengths(strings: Sequence[str]) -> Tensor:
    return torch.tensor([[len(string), 1] for string in strings]).reshape(-1, 2)


def descriptors(strings: Sequence[str]) -> Tensor:
    rows = [[len(string) / 7, string.count("C") / 3, 0.5] for string in strings]
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, 3)


def test_counts_and_descriptors_are_the_last_columns(
    tiny_model: TrainedModel, molecules: list[str]
) -> None:
    codes = tiny_model.encode(molecules)
    own = Featurizer(tiny_model).features(molecules, codes)
    both = Featurizer(tiny_model, lengths, descriptors)
    assert (both.num_counts, both.num_descriptors) == (2, 3)
    features = both.features(molecules, codes)
    assert features.shape == (len(molecules), both.num_features)
    assert both.num_features == own.shape[1] + 5
    expected = torch.cat([own, lengths(molecules).double(), descriptors(molecules)], 1)
    assert torch.equal(features, expected)
    torch.testing.assert_close(both.codes(features), codes, atol=1e-5, rtol=1e-5)
    assert both.features([], codes[:0]).shape == (0, both.num_features)


def test_descriptors_without_counts(tiny_model: TrainedModel, molecules: list[str]) -> None:
    featurizer = Featurizer(tiny_model, describe=descriptors)
    assert (featurizer.num_counts, featurizer.num_descriptors) == (0, 3)
    features = featurizer.features(molecules, tiny_model.encode(molecules))
    assert torch.equal(features[:, -3:], descriptors(molecules))
    assert featurizer.num_features == tiny_model.num_dimensions + NUM_CONFIDENCE + 3
    assert Featurizer(tiny_model).num_descriptors == 0
