from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import covariance_distance, ks_distance, ks_expectation


@pytest.mark.parametrize("seed", [0, 1])
def test_is_the_cramer_von_mises_statistic(
    make_prior: Callable[..., GaussianMixturePrior], seed: int
) -> None:
    """The statistic is 1/(12 n) plus the sum over points of our squared differences."""
    prior = make_prior(num_dimensions=3, seed=seed)
    n = 40
    codes = 3 * torch.randn(n, 3, dtype=torch.float64, generator=torch.manual_seed(seed))
    weights, means, stds = (t.numpy() for t in (prior.weights, prior.means, prior.variances.sqrt()))
    expected = 0.0
    for j in range(3):

        def cdf(values: np.ndarray, j: int = j) -> np.ndarray:
            return stats.norm.cdf(values[:, None], means[:, j], stds[:, j]) @ weights

        statistic = stats.cramervonmises(codes[:, j].numpy(), cdf).statistic
        expected += (statistic - 1 / (12 * n)) / n / 3
    assert float(ks_distance(codes, prior)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("position", ["midpoint", "right"])
@pytest.mark.parametrize("n", [2, 7, 100])
@pytest.mark.parametrize("full", [False, True])
def test_expectation_is_that_of_prior_draws(
    make_prior: Callable[..., GaussianMixturePrior],
    mean_and_error: Callable[..., tuple[float, float]],
    position: str,
    n: int,
    full: bool,
) -> None:
    prior = make_prior(full=full)
    mean, error = mean_and_error(lambda codes: ks_distance(codes, prior, position), prior, n, 1000)
    assert abs(mean - ks_expectation(n, position)) < 4 * error


def test_expectation_values() -> None:
    assert ks_expectation(100) == pytest.approx(1 / 600 - 1 / 120_000)
    assert ks_expectation(100, "right") == pytest.approx(101 / 60_000)


@settings(max_examples=settings().max_examples // 3)
@given(st.integers(2, 50), st.integers(1, 4), st.integers(0, 2**16))
def test_does_not_depend_on_the_order_of_rows(n: int, num_dimensions: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randn(n, num_dimensions, generator=generator, dtype=torch.float64)
    prior = GaussianMixturePrior.one_hot(num_dimensions, dtype=torch.float64)
    shuffled = codes[torch.randperm(n, generator=generator)]
    torch.testing.assert_close(ks_distance(shuffled, prior), ks_distance(codes, prior))


def test_quantiles_are_perfect_at_the_midpoint_only() -> None:
    positions = (torch.arange(1, 51, dtype=torch.float64) - 0.5) / 50
    codes = torch.special.ndtri(positions)[:, None].requires_grad_()
    prior = GaussianMixturePrior.standard_normal(1, dtype=torch.float64)
    assert float(ks_distance(codes, prior).detach()) < 1e-20
    # The published position pulls the largest code of even a perfect sample outwards.
    (gradient,) = torch.autograd.grad(ks_distance(codes, prior, "right"), codes)
    assert gradient[-1] < 0


def test_does_not_see_correlation_and_the_covariance_does() -> None:
    """Figure 4.1: perfectly correlated dimensions have perfect marginals."""
    prior = GaussianMixturePrior.standard_normal(2, dtype=torch.float64)
    codes = prior.sample(400, torch.Generator().manual_seed(0))
    correlated = codes[:, :1].repeat(1, 2)
    floor = ks_expectation(400)
    assert float(ks_distance(correlated, prior)) / floor < 4
    assert covariance_distance(correlated, prior) > 50 * covariance_distance(codes, prior)


@pytest.mark.parametrize("position", ["midpoint", "right"])
def test_gradcheck(make_prior: Callable[..., GaussianMixturePrior], position: str) -> None:
    prior = make_prior(num_dimensions=3)
    codes = torch.randn(6, 3, dtype=torch.float64, generator=torch.manual_seed(0))
    codes.requires_grad_()
    assert torch.autograd.gradcheck(lambda z: ks_distance(z, prior, position), (codes,))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_is_finite_at_extreme_codes(dtype: torch.dtype) -> None:
    codes = torch.tensor([[1e30, -50.0], [-1e30, 50.0], [0.0, 0.0]], dtype=dtype)
    codes.requires_grad_()
    value = ks_distance(codes, GaussianMixturePrior.one_hot(2))
    (gradient,) = torch.autograd.grad(value, codes)
    assert value.dtype == dtype
    assert torch.isfinite(value)
    assert torch.isfinite(gradient).all()


class TestErrors:
    @pytest.mark.parametrize("shape", [(4,), (1, 3), (4, 2)])
    def test_shape(self, shape: tuple[int, ...]) -> None:
        prior = GaussianMixturePrior.standard_normal(3)
        with pytest.raises(ValueError, match=r"codes must be n x 3 with n >= 2, got shape \("):
            ks_distance(torch.zeros(shape), prior)

    def test_plotting_position(self) -> None:
        prior = GaussianMixturePrior.standard_normal(1)
        with pytest.raises(ConfigurationError, match="'left'; choose one of midpoint, right"):
            ks_distance(torch.zeros(3, 1), prior, "left")

    def test_batch_size(self) -> None:
        with pytest.raises(ValueError, match="n >= 2 codes, got 1"):
            ks_expectation(1)
