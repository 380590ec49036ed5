"""Expectation propagation against numerical integration, and against samples."""

import math

import pytest
import torch

from latentbo.surrogates.censored import Bounds, one_sided_sites


def posterior_moments(
    mean: float, variance: float, limit: float, sign: float, noise: float
) -> tuple[float, float]:
    """Integrate the posterior of one function value on a fine grid."""
    deviation = math.sqrt(variance)
    f = torch.linspace(mean - 12 * deviation, mean + 12 * deviation, 400_001).double()
    log = -0.5 * (f - mean).square() / variance
    log = log + torch.special.log_ndtr(sign * (f - limit) / math.sqrt(noise))
    weight = (log - log.max()).exp()
    weight = weight / weight.sum()
    first = float((weight * f).sum())
    return first, float((weight * (f - first).square()).sum())


def tensor(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("limit", [-4.0, 0.0, 0.7, 3.0])
def test_one_site_has_the_exact_moments(limit: float, sign: float) -> None:
    mean, variance, noise = 0.5, 0.8, 0.05
    site, site_variance = one_sided_sites(
        tensor(mean), tensor(variance)[:, None], tensor(limit), tensor(sign), noise
    )
    joint = 1 / (1 / variance + 1 / float(site_variance))
    found = joint * (mean / variance + float(site / site_variance))
    exact_mean, exact_variance = posterior_moments(mean, variance, limit, sign, noise)
    assert found == pytest.approx(exact_mean, abs=1e-5)
    assert joint == pytest.approx(exact_variance, abs=1e-5)


def test_several_sites_agree_with_importance_sampling() -> None:
    covariance = torch.tensor([[1.0, 0.6, 0.2], [0.6, 1.0, 0.5], [0.2, 0.5, 1.0]]).double()
    mean, limits, signs = tensor(0, 0.3, -0.2), tensor(0.5, -0.5, 0.4), tensor(1, -1, 1)
    noise = 0.1
    sites, variances = one_sided_sites(mean, covariance, limits, signs, noise)
    gain = covariance @ torch.linalg.inv(covariance + variances.diag())
    found = mean + gain @ (sites - mean)
    torch.manual_seed(0)
    f = torch.distributions.MultivariateNormal(mean, covariance).sample((400_000,))
    weight = torch.special.log_ndtr(signs * (f - limits) / math.sqrt(noise)).sum(1).exp()
    exact = (weight[:, None] * f).sum(0) / weight.sum()
    assert torch.allclose(found, exact, atol=0.02)


def test_a_bound_that_is_implied_says_nothing() -> None:
    _, variance = one_sided_sites(
        tensor(5.0), tensor(0.01)[:, None], tensor(0.0), tensor(1.0), 0.01
    )
    assert float(variance) > 1e3


def test_of_many_bounds_some_are_taken() -> None:
    bounds = Bounds([str(n) for n in range(9)], torch.arange(9).double(), torch.ones(9).double())
    some = bounds.some(4, 0)
    assert [float(each) for each in some.limits] == [float(name) for name in some.strings]
    assert len(some) == 4
    assert bounds.some(9, 0) is bounds
    with pytest.raises(ValueError, match="expected a limit and a sign for each of 1 strings"):
        Bounds(["C"], torch.zeros(2), torch.zeros(2))
