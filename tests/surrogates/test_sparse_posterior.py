import math
import warnings
from typing import Any

import pytest
import torch
from scipy import stats
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.surrogates import sparse_posterior
from latentbo.surrogates.sparse_posterior import (
    Hyperparameters,
    ard_kernel,
    cholesky_factor,
    condition_on,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import gpytorch


def data(n: int = 40, d: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randn(n, d, generator=generator, dtype=torch.float64)
    noise = torch.randn(n, generator=generator, dtype=torch.float64)
    return codes, 2.0 + codes[:, 0].sin() + 0.5 * codes[:, 1] + 0.1 * noise


def hyperparameters(inducing: Tensor, noise: float = 0.05) -> Hyperparameters:
    lengthscale = torch.linspace(0.8, 2.0, inducing.shape[1], dtype=torch.float64)
    scales = (torch.tensor(value, dtype=torch.float64) for value in (1.7, noise))
    return Hyperparameters(inducing, lengthscale, *scales)


def exact_gp(codes: Tensor, values: Tensor, h: Hyperparameters) -> Any:
    """gpytorch's exact GP with the same hyperparameters and zero mean."""

    class Exact(gpytorch.models.ExactGP):
        def __init__(self, likelihood: Any) -> None:
            super().__init__(codes, values, likelihood)
            self.mean_module = gpytorch.means.ZeroMean()
            kernel = gpytorch.kernels.RBFKernel(ard_num_dims=codes.shape[1])
            self.covar_module = gpytorch.kernels.ScaleKernel(kernel)
            self.double()
            kernel.lengthscale = h.lengthscale[None]
            self.covar_module.outputscale = h.outputscale

        def forward(self, x: Tensor) -> Any:
            mean, covariance = self.mean_module(x), self.covar_module(x)
            return gpytorch.distributions.MultivariateNormal(mean, covariance)

    likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
    likelihood.noise = h.noise
    return Exact(likelihood).eval()


def test_with_all_data_as_inducing_points_it_is_the_exact_gp() -> None:
    codes, values = data()
    h = hyperparameters(codes)
    posterior = condition_on(codes, values, h)
    new, _ = data(15, seed=1)
    with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
        expected = exact_gp(codes, values, h)(new)
        mean, covariance = expected.mean, expected.covariance_matrix
    torch.testing.assert_close(posterior.predict(new)[0], mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(posterior.covariance(new, new), covariance, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(
        posterior.moments(new)[1], covariance.diagonal(), rtol=1e-3, atol=1e-4
    )


def test_with_few_inducing_points_it_is_fitc() -> None:
    codes, values = data()
    h = hyperparameters(codes[:7])
    prior = ard_kernel(codes, h.inducing, h)
    inner = ard_kernel(h.inducing, h.inducing, h)
    low_rank = prior @ torch.linalg.solve(inner, prior.T)
    noise = h.noise + h.outputscale - low_rank.diagonal()
    covariance = low_rank + noise.diag()
    new, _ = data(15, seed=1)
    k = ard_kernel(new, h.inducing, h)
    cross = k @ torch.linalg.solve(inner, prior.T)
    variance = h.outputscale - (cross * torch.linalg.solve(low_rank + noise.diag(), cross.T).T).sum(
        1
    )
    posterior = condition_on(codes, values, h)
    mean, deviation = posterior.predict(new)
    torch.testing.assert_close(
        mean, cross @ torch.linalg.solve(covariance, values), rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(deviation.square(), variance, rtol=1e-3, atol=1e-4)


def test_log_density_is_that_of_a_normal_with_noise() -> None:
    codes, values = data()
    posterior = condition_on(codes, values, hyperparameters(codes[:9])).in_units(3.0, 2.0)
    new, targets = data(6, seed=2)
    mean, deviation = posterior.predict(new)
    scale = (deviation.square() + 4 * 0.05).sqrt()
    expected = stats.norm.logpdf(targets, mean, scale)
    torch.testing.assert_close(posterior.log_density(new, targets), torch.from_numpy(expected))


def test_units_scale_and_shift_every_result() -> None:
    codes, values = data()
    plain = condition_on(codes, values, hyperparameters(codes[:9]))
    scaled = plain.in_units(-3.0, 2.0)
    new, _ = data(6, seed=2)
    for (mean, spread), (mean2, spread2) in (
        (plain.predict(new), scaled.predict(new)),
        (plain.moments(new), tuple(m for m in scaled.moments(new))),
    ):
        torch.testing.assert_close(mean2, -3.0 + 2 * mean)
        assert (spread2 > spread).all()
    torch.testing.assert_close(scaled.covariance(new, new), 4 * plain.covariance(new, new))
    assert scaled.noise_variance == pytest.approx(4 * plain.noise_variance)


def test_moments_have_the_right_gradients() -> None:
    codes, values = data()
    posterior = condition_on(codes, values, hyperparameters(codes[:9])).in_units(1.0, 3.0)
    new = data(3, seed=3)[0].requires_grad_()
    assert torch.autograd.gradcheck(posterior.moments, (new,))


def test_far_from_the_data_the_prior_is_left() -> None:
    codes, values = data()
    posterior = condition_on(codes, values, hyperparameters(codes[:9]))
    mean, deviation = posterior.predict(torch.full((1, 3), 1e99, dtype=torch.float64))
    assert mean.item() == 0.0
    assert deviation.item() == pytest.approx(math.sqrt(1.7))


def test_rows_may_come_in_chunks_and_in_single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, values = data()
    h = hyperparameters(codes[:9])
    whole = condition_on(codes, values, h)
    monkeypatch.setattr(sparse_posterior, "CHUNK", 7)
    chunked = condition_on(codes, values, h)
    torch.testing.assert_close(chunked.weights, whole.weights, rtol=1e-6, atol=1e-6)
    mean, _ = chunked.predict(codes.float())
    torch.testing.assert_close(mean, whole.predict(codes)[0], rtol=1e-5, atol=1e-5)


def test_equal_inducing_points_are_no_problem() -> None:
    codes, values = data()
    twice = torch.cat([codes[:9], codes[:9]])
    mean, deviation = condition_on(codes, values, hyperparameters(twice)).predict(codes)
    once, _ = condition_on(codes, values, hyperparameters(codes[:9])).predict(codes)
    torch.testing.assert_close(mean, once, rtol=1e-2, atol=1e-2)
    assert torch.isfinite(deviation).all()


def test_hyperparameters_that_are_not_finite_are_refused() -> None:
    codes, _ = data()
    broken = hyperparameters(codes * torch.nan)
    with pytest.raises(ConfigurationError, match="inducing points has no Cholesky factor"):
        cholesky_factor(broken)
