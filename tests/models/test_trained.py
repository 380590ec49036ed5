from collections.abc import Callable

import pytest
import torch

from latentbo.errors import ConfigurationError
from latentbo.models import PriorConfig, TrainedModel, make_prior
from latentbo.representations import DecodeStatus, RepresentationError


def test_encode_gives_one_code_a_string(model: TrainedModel, strings: list[str]) -> None:
    codes = model.encode(strings)
    assert codes.shape == (len(strings), 6)
    assert codes.dtype == torch.float32
    assert not codes.requires_grad
    assert model.encode([]).shape == (0, 6)


def test_batch_size_does_not_matter(model: TrainedModel, strings: list[str]) -> None:
    tokens = model.representation.encode(strings)
    torch.testing.assert_close(
        model.encode_tokens(tokens, 3), model.encode_tokens(tokens), rtol=0, atol=2e-6
    )
    codes = model.prior.sample(20, torch.Generator().manual_seed(0))
    assert model.decode(codes, batch_size=3) == model.decode(codes)


def test_encode_refuses_what_the_model_cannot_hold(model: TrainedModel) -> None:
    with pytest.raises(RepresentationError, match=r"'CCS' holds the symbol 'S' \(number 3"):
        model.encode(["CC", "CCS"])
    assert model.can_encode("CC")
    assert not model.can_encode("CCS")
    assert not model.can_encode("")


def test_tokens_of_any_integer_type_give_the_same_codes(
    model: TrainedModel, strings: list[str]
) -> None:
    bulk, _, _ = model.representation.encode_bulk(strings)
    assert bulk.dtype == torch.uint8
    assert model.encode_tokens(bulk).equal(model.encode(strings))


def test_decode_accepts_double_precision(make_model: Callable[..., TrainedModel]) -> None:
    model = make_model("selfies")
    codes = model.prior.sample(30, torch.Generator().manual_seed(0))
    decoded = model.decode(codes.double())
    assert decoded == model.decode(codes)
    assert {row.status for row in decoded} <= set(DecodeStatus)
    assert model.decode(codes[:0]) == []


def test_log_likelihood_is_the_mean_over_the_symbols_and_the_end(
    model: TrainedModel, strings: list[str]
) -> None:
    tokens = model.representation.encode_bulk(strings)[0]
    codes = model.encode(strings)
    found = model.log_likelihood(tokens, codes, batch_size=3)
    assert found.shape == (len(strings),)
    for string, code, value in zip(strings, codes, found, strict=True):
        targets = torch.tensor([model.representation.indices(string)])
        with torch.no_grad():
            logits = model.network.logits(code[None], targets)[0]
        expected = -torch.nn.functional.cross_entropy(logits, targets[0])
        torch.testing.assert_close(value, expected)
    assert model.log_likelihood(tokens[:0], codes[:0]).shape == (0,)


def test_prior_config_builds_the_prior() -> None:
    prior = make_prior(PriorConfig(4, 2.0, 0.5), 6)
    assert (prior.num_components, prior.num_dimensions) == (4, 6)
    assert prior.means.equal(2 * torch.eye(4, 6))
    assert prior.variances.unique().tolist() == [0.25]
    single = make_prior(PriorConfig(1), 6)
    assert single.means.equal(torch.zeros(1, 6))


def test_single_component_keeps_its_standard_deviation() -> None:
    assert make_prior(PriorConfig(1, standard_deviation=0.5), 3).variances.unique().tolist() == [
        0.25
    ]


@pytest.mark.parametrize("field", ["num_components", "scale", "standard_deviation"])
def test_prior_config_is_checked(field: str) -> None:
    message = f"{field} must be (positive and finite|at least 1), not 0"
    with pytest.raises(ConfigurationError, match=message):
        PriorConfig(**{field: 0})


def test_too_many_components_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="7 one-hot components in 6 dimensions"):
        make_prior(PriorConfig(7), 6)
