import math

import pytest
import torch
from scipy.stats import multivariate_normal
from torch import Tensor

from latentbo.chemistry import count_fingerprints, tanimoto
from latentbo.errors import InputError
from latentbo.surrogates.tanimoto_kernel import (
    PRIOR_DEVIATION,
    PRIOR_MEAN,
    TanimotoHyperparameters,
    cholesky_with_jitter,
    covariance,
    fit_hyperparameters,
    log_marginal_likelihood,
    squared_distances,
)

POINT = torch.tensor([0.3, -1.5, -0.4, 0.8], dtype=torch.float64)


def problem(molecules: list[str], n: int = 25) -> tuple[Tensor, Tensor, Tensor]:
    """Similarities, squared distances and targets."""
    generator = torch.Generator().manual_seed(0)
    found = count_fingerprints(molecules[::7][:n])
    descriptors = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    targets = torch.randn(n, generator=generator, dtype=torch.float64)
    return tanimoto(found, found), squared_distances(descriptors, descriptors), targets


def test_squared_distances_are_those_of_pairs() -> None:
    a, b = torch.randn(7, 3).double(), torch.randn(5, 3).double()
    torch.testing.assert_close(squared_distances(a, b), torch.cdist(a, b).square())
    assert float(squared_distances(1e6 + a, 1e6 + a).min()) >= 0


def test_the_kernel_is_a_weighted_sum(molecules: list[str]) -> None:
    similarity, distances, _ = problem(molecules)
    before = similarity.clone(), distances.clone()
    found = covariance(similarity, distances, TanimotoHyperparameters(2.0, 0.1, 0.3, 1.7))
    expected = 2 * (0.3 * similarity + 0.7 * torch.exp(-distances / (2 * 1.7**2)))
    torch.testing.assert_close(found, expected)
    alone = covariance(similarity, None, TanimotoHyperparameters(2.0, 0.1))
    torch.testing.assert_close(alone, 2 * similarity)
    assert torch.equal(similarity, before[0])
    assert torch.equal(distances, before[1])


@pytest.mark.parametrize("descriptors", [True, False])
def test_the_marginal_likelihood_is_a_normal_density(
    molecules: list[str], descriptors: bool
) -> None:
    similarity, distances, targets = problem(molecules)
    if descriptors:
        weight = 1 / (1 + math.exp(0.4))
        kernel = covariance(
            similarity,
            distances,
            TanimotoHyperparameters(math.exp(0.3), 0, weight, math.exp(0.8)),
        )
        value, _ = log_marginal_likelihood(POINT, similarity, distances, targets)
    else:
        kernel = math.exp(0.3) * similarity
        value, _ = log_marginal_likelihood(POINT[:2], similarity, None, targets)
    matrix = kernel + math.exp(-1.5) * torch.eye(len(targets)).double()
    expected = multivariate_normal.logpdf(targets.numpy(), cov=matrix.numpy())
    assert value == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("shift", [0.0, 2.0, -3.0])
def test_the_gradient_is_that_of_finite_differences(
    molecules: list[str], count: int, shift: float
) -> None:
    similarity, given, targets = problem(molecules)
    distances = given if count == 4 else None
    point = (POINT + shift)[:count]

    def value(at: Tensor) -> float:
        return log_marginal_likelihood(at, similarity, distances, targets)[0]

    _, gradient = log_marginal_likelihood(point, similarity, distances, targets)
    step = 1e-5
    expected = [
        (value(point + step * unit) - value(point - step * unit)) / (2 * step)
        for unit in torch.eye(count).double()
    ]
    assert gradient.tolist() == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_the_fit_finds_what_the_data_were_drawn_from(molecules: list[str]) -> None:
    """Values that follow the descriptors take the weight from the similarity, and vice versa."""
    generator = torch.Generator().manual_seed(3)
    found = count_fingerprints(molecules[::4])
    similarity = tanimoto(found, found)
    descriptors = torch.randn(len(found), 4, generator=generator, dtype=torch.float64)
    distances = squared_distances(descriptors, descriptors)
    normal = torch.randn(len(found), 2, generator=generator, dtype=torch.float64)
    weights = []
    for weight in (0.02, 0.98):
        truth = TanimotoHyperparameters(1.0, 0.05, weight, 3.0)
        matrix = covariance(similarity, distances, truth)
        matrix.diagonal().add_(truth.noise)
        targets = cholesky_with_jitter(matrix) @ normal[:, 0]
        fitted, converged = fit_hyperparameters(similarity, distances, targets, 50)
        assert converged
        weights.append(fitted.weight)
        assert fitted.noise == pytest.approx(0.05, abs=0.05)
    assert weights[0] < 0.3
    assert weights[1] > 0.7


def test_the_fit_is_at_a_stationary_point_of_the_posterior(molecules: list[str]) -> None:
    similarity, distances, targets = problem(molecules)
    fitted, converged = fit_hyperparameters(similarity, distances, targets, 200)
    assert converged
    logit = math.log(fitted.weight / (1 - fitted.weight))
    point = torch.tensor(
        [math.log(fitted.outputscale), math.log(fitted.noise), logit, math.log(fitted.lengthscale)],
        dtype=torch.float64,
    )
    _, gradient = log_marginal_likelihood(point, similarity, distances, targets)
    prior = (point - torch.tensor(PRIOR_MEAN)) / torch.tensor(PRIOR_DEVIATION).square()
    assert (gradient - prior).tolist() == pytest.approx([0] * 4, abs=1e-3)


def test_the_fit_says_when_it_was_cut_short(molecules: list[str]) -> None:
    _, converged = fit_hyperparameters(*problem(molecules), 1)
    assert not converged


def test_a_singular_matrix_gets_just_enough_jitter() -> None:
    matrix = 1e-6 * torch.ones(4, 4).double()
    factor = cholesky_with_jitter(matrix)
    torch.testing.assert_close(factor @ factor.T, matrix, rtol=1e-6, atol=0)
    regular = matrix + torch.eye(4)
    assert torch.equal(cholesky_with_jitter(regular), torch.linalg.cholesky(regular))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_what_is_no_covariance_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="no Cholesky factor"):
        cholesky_with_jitter(torch.full((3, 3), value).double())
