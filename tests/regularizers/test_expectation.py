import pytest
import torch

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    covariance_distance,
    covariance_expectation,
    expectation_by_sampling,
    ks_distance,
    ks_expectation,
)


def test_agrees_with_the_closed_forms(generator: torch.Generator) -> None:
    prior = GaussianMixturePrior.one_hot(10, scale=2.0)
    ks = expectation_by_sampling(ks_distance, prior, 50, 300, generator)
    covariance = expectation_by_sampling(covariance_distance, prior, 50, 300, generator)
    assert ks == pytest.approx(ks_expectation(50), rel=0.05)
    assert covariance == pytest.approx(covariance_expectation(prior, 50), rel=0.05)


def test_is_the_mean_of_the_draws(generator: torch.Generator) -> None:
    """Eq. 4.10 with its sum: a term that is constant has that constant as its expectation."""
    prior = GaussianMixturePrior.standard_normal(2)
    value = expectation_by_sampling(lambda codes, _: codes.new_tensor(3.0), prior, 4, 7, generator)
    assert value == pytest.approx(3.0)


@pytest.mark.parametrize(("n", "draws", "message"), [(1, 5, "got 1"), (5, 0, "draws.*got 0")])
def test_errors(n: int, draws: int, message: str) -> None:
    prior = GaussianMixturePrior.standard_normal(2)
    with pytest.raises(ValueError, match=message):
        expectation_by_sampling(ks_distance, prior, n, draws)
