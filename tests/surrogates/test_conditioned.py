import pytest
import torch
from torch import Tensor

from latentbo.surrogates import ConditionedGP, FittedSurrogate, SparseGPConfig, fit_sparse_gp


def data(n: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    Z = torch.rand(n, 4, generator=generator, dtype=torch.float64)
    noise = 0.1 * torch.randn(n, 1, generator=generator, dtype=torch.float64)
    return Z, torch.sin(6 * Z).sum(1, keepdim=True) + noise


@pytest.fixture(scope="module")
def fitted() -> FittedSurrogate:
    return fit_sparse_gp(*data(120), SparseGPConfig(30))


@pytest.fixture
def points() -> Tensor:
    """Five batches of three points, some of them far away."""
    return 2 * torch.rand(5, 3, 4, generator=torch.Generator().manual_seed(1)).double()


def test_means_and_variances_are_those_of_the_fitted_model(
    fitted: FittedSurrogate, points: Tensor
) -> None:
    with torch.no_grad():
        slow = fitted.model.posterior(points)
        fast = ConditionedGP(fitted.model).posterior(points)
    torch.testing.assert_close(fast.mean, slow.mean, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(fast.variance, slow.variance, atol=1e-3, rtol=1e-3)


def test_with_all_data_as_inducing_points_it_is_the_exact_process(points: Tensor) -> None:
    Z, Y = data(40)
    model = fit_sparse_gp(Z, Y, SparseGPConfig(40)).model
    with torch.no_grad():
        kernel, noise = model.covar_module.base_kernel.forward, model.likelihood.noise
        noisy = kernel(Z, Z) + noise * torch.eye(40)
        across = kernel(points, Z)
        expected = kernel(points, points) - across @ torch.linalg.solve(noisy, across.mT)
        joint = ConditionedGP(model).posterior(points).distribution.covariance_matrix
    assert joint.shape == (5, 3, 3)
    torch.testing.assert_close(joint, expected, atol=1e-3, rtol=1e-3)


def test_gradients_are_those_of_the_fitted_model(fitted: FittedSurrogate, points: Tensor) -> None:
    found = []
    for model in (fitted.model, ConditionedGP(fitted.model)):
        inputs = points.clone().requires_grad_()
        posterior = model.posterior(inputs)
        total = posterior.mean.sum() + posterior.variance.sum()
        found.append(torch.autograd.grad(total, inputs, retain_graph=True)[0])
    torch.testing.assert_close(found[1], found[0], atol=2e-3, rtol=2e-3)


def test_samples_at_the_data_are_close_to_their_values(fitted: FittedSurrogate) -> None:
    (train_Z,), targets = fitted.model.train_inputs, fitted.model.train_targets
    posterior = ConditionedGP(fitted.model).posterior(train_Z)
    errors = (posterior.mean[:, 0] - targets).abs()
    assert float(errors.detach().median()) < 3 * fitted.noise**0.5
