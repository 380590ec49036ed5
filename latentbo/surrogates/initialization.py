"""Initial values for the fits of a sparse GP: checks, units, median distances, coarse scales."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.surrogates.marginal_likelihood import log_marginal_likelihood
from latentbo.surrogates.sparse_posterior import Hyperparameters

# Rows used for the median distance, the initial lengthscale.
NUM_DISTANCES = 1000


def check_training_data(train_Z: Tensor, train_Y: Tensor) -> None:
    """Refuse data that no GP can be fitted to.

    Raises:
        ConfigurationError: If there are fewer than two rows, or values that are not finite.
        ValueError: If the shapes do not agree.
    """
    if train_Z.ndim != 2 or train_Y.shape != (len(train_Z),):
        raise ValueError(
            f"expected train_Z of shape n x d and train_Y of shape n, got {tuple(train_Z.shape)} "
            f"and {tuple(train_Y.shape)}"
        )
    if len(train_Y) < 2:
        raise ConfigurationError(
            f"a Gaussian process needs at least 2 labelled strings, not {len(train_Y)}: give more "
            f"data, or another model"
        )
    for name, tensor in (("codes", train_Z), ("values", train_Y)):
        if not torch.isfinite(tensor).all():
            raise ConfigurationError(f"some {name} are not finite: leave these strings out")


def standardization(train_Y: Tensor) -> tuple[float, float]:
    """Return mean and standard deviation of `n` targets; the latter is 1 if they are constant."""
    deviation = float(train_Y.double().std())
    return float(train_Y.double().mean()), deviation if deviation > 0 else 1.0


def median_hyperparameters(inducing: Tensor, codes: Tensor, targets: Tensor) -> Hyperparameters:
    """Return the usual initial values: median distance, targets' mean square, half their variance.

    Args:
        inducing: An `m x d`-dim double tensor.
        codes: An `n x d`-dim double tensor, in random order.
        targets: An `n`-dim double tensor.
    """
    distances = torch.pdist(codes[:NUM_DISTANCES])
    median = distances[distances > 0].median() if (distances > 0).any() else torch.ones(())
    power = targets.square().mean()
    variance = targets.var()
    return Hyperparameters(
        inducing.clone(),
        median.double().expand(codes.shape[1]).clone(),
        power if power > 0 else torch.ones(()).double(),
        0.5 * variance if variance > 0 else 1e-4 * power.clamp(min=1.0),
    )


def fitted_noise(train_Z: Tensor, targets: Tensor, start: Hyperparameters) -> Hyperparameters:
    """Return `start` with the noise that maximises FITC's marginal likelihood of these rows."""

    def with_noise(log_factor: Tensor) -> Hyperparameters:
        return replace(start, noise=start.noise * log_factor.exp()[0])

    log_factor = maximize(
        lambda log: log_marginal_likelihood(train_Z, targets, with_noise(log)) / len(targets),
        torch.zeros(1, dtype=torch.float64),
        max_iterations=15,
    )
    return with_noise(log_factor)


def maximize(
    function: Callable[[Tensor], Tensor], start: Tensor, max_iterations: int, limit: float = 10.0
) -> Tensor:
    """Maximise a smooth function by L-BFGS-B; if it fails, return the best point evaluated.

    Args:
        function: A `k`-dim double tensor to a scalar.
        start: The `k`-dim starting point.
        max_iterations: L-BFGS-B iterations.
        limit: Maximum distance of a coordinate from its start; diverging logarithms of scales would
            overflow.

    Returns:
        A `k`-dim double tensor.
    """

    def negated(point: np.ndarray) -> tuple[float, np.ndarray]:
        x = torch.from_numpy(point).requires_grad_()
        with torch.enable_grad():
            value = -function(x)
            (gradient,) = torch.autograd.grad(value, x)
        return value.item(), gradient.numpy()

    first = start.detach().double().numpy()
    bounds = [(x - limit, x + limit) for x in first.tolist()]
    options = {"maxiter": max_iterations}
    result = minimize(negated, first, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return torch.from_numpy(np.asarray(result.x))
