r"""The kernel on molecules and the fit of its hyperparameters.

    k(x, y) = s (w Tanimoto(x, y) + (1 - w) exp(-|x - y|^2 / 2 l^2))

over counts of environments and standardised descriptors, plus noise σ². The similarities and the
squared distances of the data do not change during a fit, so a step is a few passes over precomputed
matrices, with the gradient in closed form:

    d log p / dθ = sum_ij G_ij dK_ij / dθ,    G = (α α^T - K^-1) / 2,    α = K^-1 y.

Weakly informative priors on the logarithms keep a fit to few data from extremes.

A target that is the mean of `n_i` measurements has the noise `σ² / n_i`, and the scatter of these
measurements is part of the likelihood: see `latentbo.surrogates.repeats`.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from latentbo.errors import InputError
from latentbo.surrogates.repeats import Repeats, scatter_log_likelihood

JITTER = 1e-10
# Maximum distance of a hyperparameter's logarithm from its start.
LIMIT = 10.0
# Mean and standard deviation of the normal priors of log s, log σ², logit w and log l; the fit
# starts at the means. Two molecules differ in all 18 descriptors by about 6.
PRIOR_MEAN = (0.0, -3.0, 0.0, 1.5)
PRIOR_DEVIATION = (1.5, 2.0, 1.5, 1.0)


@dataclass(frozen=True)
class TanimotoHyperparameters:
    """Hyperparameters for standardised targets.

    Args:
        outputscale: The variance s.
        noise: The variance σ².
        weight: Weight w of the Tanimoto kernel.
        lengthscale: Of the kernel on descriptors.
    """

    outputscale: float
    noise: float
    weight: float = 1.0
    lengthscale: float = 1.0


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Return the `n x m` squared distances of `n x k` and `m x k` descriptors."""
    squares = a.square().sum(1)[:, None] + b.square().sum(1)
    return torch.addmm(squares, a, b.T, alpha=-2).clamp_(min=0)


def covariance(
    similarity: Tensor, distances: Tensor | None, hyperparameters: TanimotoHyperparameters
) -> Tensor:
    """Return the `n x m` kernel, without noise.

    Args:
        similarity: `n x m` Tanimoto similarities.
        distances: `n x m` squared distances of descriptors; None: no descriptors.
        hyperparameters: Of the kernel.
    """
    scale, weight = hyperparameters.outputscale, hyperparameters.weight
    if distances is None:
        return scale * similarity
    smooth = (distances * (-0.5 / hyperparameters.lengthscale**2)).exp_()
    return smooth.mul_(scale * (1 - weight)).add_(similarity, alpha=scale * weight)


def cholesky_with_jitter(matrix: Tensor) -> Tensor:
    """Return a Cholesky factor; the jitter, relative to the diagonal, grows until one exists.

    Raises:
        InputError: If the matrix is not finite, or far from positive definite.
    """
    factor, info = torch.linalg.cholesky_ex(matrix)
    jitter = JITTER
    while info or not torch.isfinite(factor).all():
        if jitter > 1:
            raise InputError(
                "a covariance of molecules has no Cholesky factor: it is not finite, or not a "
                "covariance; check the values of the objective"
            )
        shift = jitter * matrix.diagonal().mean()
        factor, info = torch.linalg.cholesky_ex(matrix + shift * torch.eye(len(matrix)).double())
        jitter *= 10
    return factor


def add_noise(
    matrix: Tensor, hyperparameters: TanimotoHyperparameters, repeats: Repeats | None
) -> Tensor:
    """Add the noise of each row to the diagonal of an `n x n` kernel, in place."""
    noise = hyperparameters.noise
    matrix.diagonal().add_(noise if repeats is None else noise / repeats.counts)
    return matrix


def log_marginal_likelihood(
    point: Tensor,
    similarity: Tensor,
    distances: Tensor | None,
    targets: Tensor,
    repeats: Repeats | None = None,
) -> tuple[float, Tensor]:
    """Return `log N(targets; 0, K + σ² I)` and its gradient.

    Args:
        point: log s and log σ² and, if there are distances, logit w and log l.
        similarity: The `n x n` similarities.
        distances: The `n x n` squared distances of descriptors, or None.
        targets: `n` standardised targets.
        repeats: Of the targets, in their unit; None: each was measured once. With them it is the
            likelihood of all single measurements, up to a constant.

    Returns:
        The value, and a tensor of the shape of `point`.
    """
    parameters = _hyperparameters(point)
    scale, noise, weight = parameters.outputscale, parameters.noise, parameters.weight
    matrix = add_noise(covariance(similarity, distances, parameters), parameters, repeats)
    factor = cholesky_with_jitter(matrix)
    alpha = torch.cholesky_solve(targets[:, None], factor)[:, 0]
    value = -0.5 * float(targets @ alpha) - float(factor.diagonal().log().sum())
    value -= 0.5 * len(targets) * math.log(2 * math.pi)
    inner = torch.cholesky_inverse(factor).neg_().addr_(alpha, alpha).mul_(0.5)
    to_similarity = _dot(inner, similarity)
    to_noise = noise * float(inner.trace())
    if repeats is not None:
        value += float(scatter_log_likelihood(repeats, point[1]))
        to_noise = noise * float((inner.diagonal() / repeats.counts).sum())
        to_noise += 0.5 * (repeats.scatter / noise - repeats.freedom)
    if distances is None:
        return value, torch.tensor([scale * to_similarity, to_noise], dtype=torch.float64)
    precision = parameters.lengthscale**-2
    inner *= torch.exp(-0.5 * precision * distances)
    to_smooth, to_distance = float(inner.sum()), _dot(inner, distances)
    gradient = [
        scale * (weight * to_similarity + (1 - weight) * to_smooth),
        to_noise,
        scale * weight * (1 - weight) * (to_similarity - to_smooth),
        scale * (1 - weight) * precision * to_distance,
    ]
    return value, torch.tensor(gradient, dtype=torch.float64)


def _dot(a: Tensor, b: Tensor) -> float:
    return float(a.reshape(-1) @ b.reshape(-1))


def _hyperparameters(point: Tensor) -> TanimotoHyperparameters:
    scale, noise, *of_descriptors = point.tolist()
    if not of_descriptors:
        return TanimotoHyperparameters(math.exp(scale), math.exp(noise))
    logit, log_lengthscale = of_descriptors
    weight = 1 / (1 + math.exp(-logit))
    return TanimotoHyperparameters(
        math.exp(scale), math.exp(noise), weight, math.exp(log_lengthscale)
    )


def fit_hyperparameters(
    similarity: Tensor,
    distances: Tensor | None,
    targets: Tensor,
    max_iterations: int,
    repeats: Repeats | None = None,
) -> tuple[TanimotoHyperparameters, bool]:
    """Maximise the marginal likelihood times the prior by L-BFGS.

    Args:
        similarity: The `n x n` similarities.
        distances: The `n x n` squared distances of descriptors, or None.
        targets: `n` standardised targets.
        max_iterations: L-BFGS iterations.
        repeats: Of the targets, in their unit; None: each was measured once.

    Returns:
        The hyperparameters, and whether L-BFGS converged.
    """
    count = 2 if distances is None else 4
    mean = torch.tensor(PRIOR_MEAN, dtype=torch.float64)[:count]
    deviation = torch.tensor(PRIOR_DEVIATION, dtype=torch.float64)[:count]

    def negated(values: np.ndarray) -> tuple[float, np.ndarray]:
        point = torch.from_numpy(values)
        value, gradient = log_marginal_likelihood(point, similarity, distances, targets, repeats)
        away = (point - mean) / deviation
        return float(0.5 * away.square().sum()) - value, (away / deviation - gradient).numpy()

    bounds = [(x - LIMIT, x + LIMIT) for x in mean.tolist()]
    options = {"maxiter": max_iterations}
    # scipy's own BLAS threads would cost more than they save.
    with threadpool_limits(1), torch.no_grad():
        found = minimize(
            negated, mean.numpy(), jac=True, method="L-BFGS-B", bounds=bounds, options=options
        )
    return _hyperparameters(torch.from_numpy(np.asarray(found.x))), bool(found.success)
