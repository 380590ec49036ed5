from collections.abc import Callable

import numpy as np
import pytest
import torch

from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import (
    covariance_distance,
    covariance_expectation,
    mean_distance,
    mean_expectation,
)

MakePrior = Callable[..., GaussianMixturePrior]


def test_covariance_distance_equals_numpy(make_prior: MakePrior) -> None:
    prior = make_prior()
    codes = torch.randn(20, 4, dtype=torch.float64, generator=torch.manual_seed(0))
    covariance = np.cov(codes.numpy(), rowvar=False, bias=True)
    expected = np.mean((covariance - prior.covariance.numpy()) ** 2)
    assert float(covariance_distance(codes, prior)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("n", "num_dimensions", "num_components", "scale", "expected"),
    [(100, 10, 10, 1.0, 0.012934), (100, 64, 20, 1.0, 0.010357), (100, 10, 10, 10.0, 0.92258)],
)
def test_covariance_expectation_values(
    n: int, num_dimensions: int, num_components: int, scale: float, expected: float
) -> None:
    prior = GaussianMixturePrior.one_hot(num_dimensions, num_components, scale)
    assert covariance_expectation(prior, n) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("n", [2, 5, 50])
@pytest.mark.parametrize("full", [False, True])
class TestExpectationIsThatOfPriorDraws:
    def test_covariance(
        self,
        make_prior: MakePrior,
        mean_and_error: Callable[..., tuple[float, float]],
        n: int,
        full: bool,
    ) -> None:
        prior = make_prior(num_dimensions=3, full=full, seed=2)
        mean, error = mean_and_error(lambda z: covariance_distance(z, prior), prior, n, 4000)
        assert abs(mean - covariance_expectation(prior, n)) < 4 * error
        assert error < 0.1 * mean

    def test_mean(
        self,
        make_prior: MakePrior,
        mean_and_error: Callable[..., tuple[float, float]],
        n: int,
        full: bool,
    ) -> None:
        prior = make_prior(full=full)
        mean, error = mean_and_error(lambda z: mean_distance(z, prior), prior, n)
        assert abs(mean - mean_expectation(prior, n)) < 4 * error
        assert error < 0.1 * mean


def test_full_and_diagonal_covariances_have_the_same_expectation(make_prior: MakePrior) -> None:
    diagonal = make_prior()
    full = GaussianMixturePrior(diagonal.weights, diagonal.means, diagonal.covariances.diag_embed())
    assert covariance_expectation(full, 30) == pytest.approx(covariance_expectation(diagonal, 30))


@pytest.mark.parametrize("term", [covariance_distance, mean_distance])
class TestBothTerms:
    def test_gradcheck(self, term: Callable[..., torch.Tensor], make_prior: MakePrior) -> None:
        prior = make_prior(full=True)
        codes = torch.randn(6, 4, dtype=torch.float64, generator=torch.manual_seed(0))
        assert torch.autograd.gradcheck(lambda z: term(z, prior), (codes.requires_grad_(),))

    def test_does_not_depend_on_the_order_of_rows(
        self, term: Callable[..., torch.Tensor], make_prior: MakePrior
    ) -> None:
        prior = make_prior()
        codes = torch.randn(9, 4, dtype=torch.float64, generator=torch.manual_seed(0))
        torch.testing.assert_close(term(codes.flip(0), prior), term(codes, prior))

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_keeps_the_type_of_the_codes(
        self, term: Callable[..., torch.Tensor], make_prior: MakePrior, dtype: torch.dtype
    ) -> None:
        assert term(torch.zeros(3, 4, dtype=dtype), make_prior()).dtype == dtype

    @pytest.mark.parametrize("shape", [(4,), (1, 4), (5, 3)])
    def test_shape(
        self,
        term: Callable[..., torch.Tensor],
        make_prior: MakePrior,
        shape: tuple[int, ...],
    ) -> None:
        with pytest.raises(ValueError, match=r"codes must be n x 4 with n >= 2, got shape \("):
            term(torch.zeros(shape), make_prior())


def test_covariance_ignores_and_mean_sees_a_shift(
    make_prior: MakePrior, generator: torch.Generator
) -> None:
    prior = make_prior()
    codes = prior.sample(50, generator)
    torch.testing.assert_close(
        covariance_distance(codes + 7, prior), covariance_distance(codes, prior)
    )
    offset = codes.mean(dim=0) - prior.mean
    expected = ((offset + 7) ** 2).mean()
    torch.testing.assert_close(mean_distance(codes + 7, prior), expected)


@pytest.mark.parametrize("expectation", [covariance_expectation, mean_expectation])
def test_batch_size(expectation: Callable[..., float], make_prior: MakePrior) -> None:
    with pytest.raises(ValueError, match="n >= 2 codes, got 1"):
        expectation(make_prior(), 1)
