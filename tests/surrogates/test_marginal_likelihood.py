import pytest
import torch
from scipy import stats
from torch import Tensor

from latentbo.surrogates.marginal_likelihood import (
    expected_log_likelihood,
    log_marginal_likelihood,
)
from latentbo.surrogates.sparse_posterior import (
    Hyperparameters,
    ard_kernel,
    cholesky_factor,
    whitened_posterior,
)


def problem(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Codes, targets, and all hyperparameters in one vector (six inducing points in two dims)."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randn(30, 2, generator=generator, dtype=torch.float64)
    values = codes[:, 0].sin() + 0.3 * codes[:, 1]
    values = values + 0.2 * torch.randn(30, generator=generator, dtype=torch.float64)
    logs = torch.tensor([0.1, 0.4, 0.3, -1.5], dtype=torch.float64)
    return codes, values, torch.cat([codes[:6].flatten(), logs])


def unpacked(vector: Tensor) -> Hyperparameters:
    scales = vector[12:].exp()
    return Hyperparameters(vector[:12].view(6, 2), scales[:2], scales[2], scales[3])


def test_it_is_the_density_of_fitc() -> None:
    codes, values, vector = problem()
    h = unpacked(vector)
    cross, inner = ard_kernel(codes, h.inducing, h), ard_kernel(h.inducing, h.inducing, h)
    covariance = cross @ torch.linalg.solve(inner, cross.T)
    covariance += (h.noise + h.outputscale - covariance.diagonal()).diag()
    expected = stats.multivariate_normal.logpdf(values, torch.zeros(30), covariance)
    assert log_marginal_likelihood(codes, values, h).item() == pytest.approx(expected, rel=1e-4)


def test_its_gradient_is_right() -> None:
    codes, values, vector = problem()
    assert torch.autograd.gradcheck(
        lambda v: log_marginal_likelihood(codes, values, unpacked(v)), (vector.requires_grad_(),)
    )


def test_rows_give_the_gradient_of_the_marginal_likelihood() -> None:
    codes, values, vector = problem()
    vector.requires_grad_()
    (expected,) = torch.autograd.grad(
        log_marginal_likelihood(codes, values, unpacked(vector)), vector
    )
    h = unpacked(vector.detach())
    posterior = whitened_posterior(codes, values, h, cholesky_factor(h))
    # Two mini-batches: the sum over rows is what counts.
    terms = torch.cat(
        [
            expected_log_likelihood(codes[rows], values[rows], unpacked(vector), posterior)
            for rows in torch.arange(30).split(17)
        ]
    )
    (gradient,) = torch.autograd.grad(terms.sum(), vector)
    torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-6)


def test_the_expectation_bounds_the_marginal_likelihood_from_above() -> None:
    """log p(y) = E log p(y | u) - KL(posterior, prior) at the exact posterior."""
    codes, values, vector = problem()
    h = unpacked(vector)
    mean, covariance = whitened_posterior(codes, values, h, cholesky_factor(h))
    divergence = 0.5 * (covariance.trace() + mean @ mean - 6 - covariance.logdet())
    expected = expected_log_likelihood(codes, values, h, (mean, covariance)).sum() - divergence
    torch.testing.assert_close(log_marginal_likelihood(codes, values, h), expected)
