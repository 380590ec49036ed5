from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    covariance_distance,
    covariance_expectation,
    default_knots,
    ks_distance,
    ks_expectation,
    random_directions,
    sliced_characteristic_distance,
    sliced_characteristic_expectation,
)

MakePrior = Callable[..., GaussianMixturePrior]


def test_equals_the_definition(make_prior: MakePrior, generator: torch.Generator) -> None:
    prior = make_prior()
    codes = prior.sample(5, generator)
    directions = random_directions(3, codes, generator)
    knots = torch.tensor([0.3, 1.1], dtype=torch.float64)
    target = prior.characteristic_function(directions, knots)
    expected = torch.zeros((), dtype=torch.float64)
    for m, direction in enumerate(directions):
        for t, knot in enumerate(knots):
            empirical = torch.exp(1j * knot * (codes @ direction)).mean()
            expected += (empirical - target[m, t]).abs() ** 2 / 6
    actual = sliced_characteristic_distance(codes, prior, directions, knots)
    torch.testing.assert_close(actual, expected)


@pytest.mark.parametrize("n", [2, 20])
@pytest.mark.parametrize("full", [False, True])
def test_expectation_is_that_of_prior_draws(
    make_prior: MakePrior,
    mean_and_error: Callable[..., tuple[float, float]],
    generator: torch.Generator,
    n: int,
    full: bool,
) -> None:
    prior = make_prior(full=full)
    directions = random_directions(4, prior.means, generator)
    knots = default_knots(prior, 5)
    mean, error = mean_and_error(
        lambda z: sliced_characteristic_distance(z, prior, directions, knots), prior, n
    )
    expected = float(sliced_characteristic_expectation(prior, n, directions, knots))
    assert abs(mean - expected) < 4 * error


def copula_codes(prior: GaussianMixturePrior, n: int, generator: torch.Generator) -> Tensor:
    """Codes of a Gaussian copula with the prior's marginals and nearly its covariance.

    For ten one-hot components at scale 4, exchangeable correlation -0.0721 of the copula gives
    covariance -0.160 between dimensions, that of the prior, without its clusters.
    """
    grid = torch.linspace(-10, 16, 20_001, dtype=torch.float64)
    cdf = prior.marginal_cdf(grid[:, None].repeat(1, 10))[:, 0].contiguous()
    correlation = torch.full((10, 10), -0.0721, dtype=torch.float64).fill_diagonal_(1.0)
    normal = torch.randn(n, 10, dtype=torch.float64, generator=generator)
    uniform = torch.special.ndtr(normal @ torch.linalg.cholesky(correlation).T).contiguous()
    return grid[torch.searchsorted(cdf, uniform).clamp_max(20_000)]


def test_sees_clusters_that_marginals_and_covariance_cannot(generator: torch.Generator) -> None:
    prior = GaussianMixturePrior.one_hot(10, scale=4.0, dtype=torch.float64)
    n = 500
    codes = copula_codes(prior, n, generator)
    directions = random_directions(64, codes, generator)
    knots = default_knots(prior, 12)
    floor = sliced_characteristic_expectation(prior, n, directions, knots)
    assert sliced_characteristic_distance(codes, prior, directions, knots) > 2.5 * floor
    assert ks_distance(codes, prior) < 2 * ks_expectation(n)
    assert covariance_distance(codes, prior) < 2 * covariance_expectation(prior, n)
    honest = prior.sample(n, generator)
    assert sliced_characteristic_distance(honest, prior, directions, knots) < 1.6 * floor


def test_gradcheck(make_prior: MakePrior, generator: torch.Generator) -> None:
    prior = make_prior()
    codes = prior.sample(6, generator).requires_grad_()
    directions = random_directions(3, codes, generator)
    knots = default_knots(prior, 4)
    assert torch.autograd.gradcheck(
        lambda z: sliced_characteristic_distance(z, prior, directions, knots), (codes,)
    )


def test_does_not_depend_on_the_order_of_rows(
    make_prior: MakePrior, generator: torch.Generator
) -> None:
    prior = make_prior()
    codes = prior.sample(9, generator)
    directions, knots = random_directions(3, codes, generator), default_knots(prior, 4)
    torch.testing.assert_close(
        sliced_characteristic_distance(codes.flip(0), prior, directions, knots),
        sliced_characteristic_distance(codes, prior, directions, knots),
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_random_directions(dtype: torch.dtype) -> None:
    like = torch.zeros(2, 7, dtype=dtype)
    first, second = (
        random_directions(500, like, torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert torch.equal(first, second)
    assert first.dtype == dtype
    torch.testing.assert_close(first.norm(dim=1), torch.ones(500, dtype=dtype))
    assert first.mean(dim=0).abs().max() < 5 / (7 * 500) ** 0.5


def test_default_knots_scale_with_the_prior() -> None:
    narrow, wide = GaussianMixturePrior.one_hot(4, scale=1.0), GaussianMixturePrior.one_hot(4)
    wide = GaussianMixturePrior.spherical(5 * wide.means, standard_deviation=5.0)
    torch.testing.assert_close(default_knots(narrow, 6), 5 * default_knots(wide, 6))
    assert (default_knots(narrow, 6) > 0).all()


def test_shape(make_prior: MakePrior) -> None:
    prior = make_prior()
    directions, knots = torch.eye(4).double(), default_knots(prior, 3)
    with pytest.raises(ValueError, match=r"codes must be n x 4 with n >= 2, got shape \(1, 4\)"):
        sliced_characteristic_distance(torch.zeros(1, 4).double(), prior, directions, knots)
    with pytest.raises(ValueError, match="n >= 2 codes, got 1"):
        sliced_characteristic_expectation(prior, 1, directions, knots)
