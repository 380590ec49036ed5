import pytest
import torch

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    INDEPENDENT,
    Coupling,
    Encoding,
    PairRegularizer,
    RegularizerConfig,
    decoder_norm,
    make_regularizer,
    sample_pairs,
)

PRIOR = GaussianMixturePrior.one_hot(3, 2, scale=4.0)
CONFIG = RegularizerConfig("gmm-ks", {"sliced": 0.0})


@pytest.mark.parametrize("coupling", [Coupling(0.5), Coupling(0.9, "components"), INDEPENDENT])
def test_coupled_draws_of_the_prior_are_at_the_noise_floor(coupling: Coupling) -> None:
    two_point = None if coupling is INDEPENDENT else "paired"
    regularizer = PairRegularizer(CONFIG, PRIOR, coupling, two_point)
    generator = torch.Generator().manual_seed(0)
    draws = [regularizer(*sample_pairs(PRIOR, 50, coupling, generator)) for _ in range(200)]
    for name in ("ks", "covariance", "mean"):
        mean = torch.stack([terms[name] for terms in draws]).mean()
        assert float(mean) == pytest.approx(1.0, abs=0.12), name


def test_equal_codes_fully_coupled_have_the_terms_of_single_codes() -> None:
    codes = PRIOR.sample(20, torch.Generator().manual_seed(0))
    single = make_regularizer(CONFIG, PRIOR)(Encoding(codes, codes))
    pairs = PairRegularizer(CONFIG, PRIOR, Coupling(1.0))(codes, codes)
    assert pairs.keys() == single.keys()
    for name, value in single.items():
        torch.testing.assert_close(pairs[name], value)


def test_the_decoder_counts_once() -> None:
    config = RegularizerConfig("gmm-ks", {"decoder": 0.5})
    regularizer = PairRegularizer(config, PRIOR, Coupling())
    codes, others = sample_pairs(PRIOR, 10, Coupling(), torch.Generator().manual_seed(0))
    weights = [torch.arange(4.0), torch.ones(2, 2)]
    terms = regularizer(codes, others, torch.Generator(), iter(weights))
    torch.testing.assert_close(terms["decoder"], decoder_norm(weights))
    with pytest.raises(ValueError, match="decoder"):
        regularizer(codes, others, torch.Generator())


def test_low_precision_is_computed_in_full() -> None:
    codes, others = sample_pairs(PRIOR, 10, Coupling(), torch.Generator().manual_seed(0))
    terms = PairRegularizer(CONFIG, PRIOR, Coupling())(codes.bfloat16(), others.bfloat16())
    assert all(value.dtype == torch.float32 for value in terms.values())
