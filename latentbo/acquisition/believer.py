r"""Greedy batches of expected improvement: the kriging believer.

After each pick the Gaussian process is conditioned on its own mean at the picked point. The mean
stays as it is and the variance falls around the point, so a batch needs one fit, not one per pick.
With picks `X` the variance of the conditioned Gaussian process is

    var(x) - |L^-1 cov(X, x)|^2,    L L^T = cov(X, X) + σ² I,

and a new pick adds one row to `L` and one to `L^-1 cov(X, x)` at the candidates.

References:
    Ginsbourger, Le Riche and Carraro, "Kriging Is Well-Suited to Parallelize Optimization", 2010.
    Ament et al., "Unexpected Improvements to Expected Improvement", NeurIPS 2023 (the logarithm).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from latentbo.surrogates import SparsePosterior
from latentbo.surrogates.sparse_posterior import ard_kernel


def log_expected_improvement(mean: Tensor, variance: Tensor, best_f: float) -> Tensor:
    r"""Return `log E[max(f - best_f, 0)]` for `f ~ N(mean, variance)`.

    With `u = (mean - best_f) / sd` it is `log sd + log(φ(u) + u Φ(u))`, whose second term is taken
    from the scaled complementary error function for negative u and from its series below -1e4,
    where `1 + u Φ(u)/φ(u)` has lost its digits. Finite with a useful gradient everywhere.

    Args:
        mean: A tensor of any shape.
        variance: Of the same shape, positive.
        best_f: The incumbent: the value to improve upon.
    """
    deviation = variance.sqrt()
    u = (mean - best_f) / deviation
    log_phi = -0.5 * u.square() - 0.5 * math.log(2 * math.pi)
    # Each branch is clamped to arguments where it is well-behaved: gradients of all are computed.
    above, middle, below = u.clamp(min=-1), u.clamp(min=-1e4, max=-1), u.clamp(max=-1e4)
    normal = torch.exp(-0.5 * above.square()) / math.sqrt(2 * math.pi)
    direct = (normal + above * torch.special.ndtr(above)).log()
    ratio = math.sqrt(math.pi / 2) * torch.special.erfcx(-middle / math.sqrt(2))
    scaled = log_phi + torch.log1p(middle * ratio)
    tail = log_phi - 2 * below.abs().log()
    return deviation.log() + torch.where(u > -1, direct, torch.where(u > -1e4, scaled, tail))


@dataclass
class BelievedPosterior:
    """A posterior Gaussian process, conditioned on its own mean at the points picked so far.

    Args:
        posterior: The Gaussian process before any pick.
    """

    posterior: SparsePosterior

    def __post_init__(self) -> None:
        num_inducing, num_dimensions = self.posterior.hyperparameters.inducing.shape
        self.points = torch.empty(0, num_dimensions, dtype=torch.float64)
        self.factor = torch.empty(0, 0, dtype=torch.float64)
        # C k(x) of each pick, so that a covariance with it costs m products.
        self._explained = torch.empty(0, num_inducing, dtype=torch.float64)

    def moments(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance (`n` each) at `n x d` codes; differentiable."""
        k = self.posterior.to_inducing(codes)
        mean, variance = self.posterior.moments_from(k)
        if not len(self.points):
            return mean, variance
        return mean, reduced(variance, self.projections(codes, k))

    def projections(self, codes: Tensor, k: Tensor) -> Tensor:
        """Return `L^-1 cov(X, x)`, `t x n`, for `t` picks; differentiable.

        Args:
            codes: An `n x d`-dim tensor.
            k: Their `n x m` kernel with the inducing points.
        """
        covariance = self._covariance(codes, k, self.points, self._explained)
        return torch.linalg.solve_triangular(self.factor, covariance, upper=False)

    def add(self, point: Tensor) -> None:
        """Condition on the mean at a point (`d`)."""
        code = point[None]
        k = self.posterior.to_inducing(code)
        row = self.projections(code, k)[:, 0]
        variance = self.posterior.moments_from(k)[1][0] + self.posterior.noise_variance
        # Positive because of the noise; the clamp is for rounding when the noise is almost zero.
        corner = (variance - row.square().sum()).clamp(min=1e-10 * float(variance)).sqrt()
        size = len(row) + 1
        factor = torch.zeros(size, size, dtype=torch.float64)
        factor[:-1, :-1] = self.factor
        factor[-1] = torch.cat([row, corner[None]])
        self.points, self.factor = torch.cat([self.points, code]), factor
        self._explained = torch.cat([self._explained, k @ self.posterior.reduction])

    def last_projection(self, codes: Tensor, k: Tensor, earlier: Tensor) -> Tensor:
        """Return the last row of `projections` (`n`), given those before it (`t - 1 x n`)."""
        covariance = self._covariance(codes, k, self.points[-1:], self._explained[-1:])[0]
        row = self.factor[-1]
        return (covariance - row[:-1] @ earlier) / row[-1]

    def _covariance(self, codes: Tensor, k: Tensor, points: Tensor, explained: Tensor) -> Tensor:
        prior = ard_kernel(points, codes, self.posterior.hyperparameters)
        return self.posterior.unit**2 * (prior - explained @ k.T)


def reduced(variance: Tensor, projections: Tensor) -> Tensor:
    """Return `n` variances minus the part explained by `t x n` projections, positive."""
    return torch.maximum(variance - projections.square().sum(0), 1e-10 * variance)


@torch.no_grad()
def believer_batch(
    posterior: SparsePosterior,
    candidates: Tensor,
    bounds: Tensor,
    best_f: float,
    q: int,
    max_iterations: int = 50,
) -> Tensor:
    """Pick `q` points greedily by expected improvement, taking the mean at each as its value.

    Each pick is the best of the candidates, improved by L-BFGS-B within the bounds.

    Args:
        posterior: The fitted Gaussian process.
        candidates: An `n x d`-dim tensor of starting points within the bounds.
        bounds: A `2 x d`-dim tensor, lower and upper.
        best_f: The value to improve upon; raised to the mean of a pick that exceeds it.
        q: Number of picks.
        max_iterations: L-BFGS-B iterations per pick; 0 takes the candidates as they are.

    Returns:
        A `q x d`-dim double tensor.
    """
    candidates, bounds = candidates.double(), bounds.double()
    believed = BelievedPosterior(posterior)
    k = posterior.to_inducing(candidates)
    mean, first_variance = posterior.moments_from(k)
    projections = torch.empty(0, len(candidates), dtype=torch.float64)
    for _ in range(q):
        variance = reduced(first_variance, projections)
        start = int(log_expected_improvement(mean, variance, best_f).argmax())
        # scipy's BLAS threads cost more time in L-BFGS than the whole acquisition function.
        with threadpool_limits(1):
            point = _climb(believed, candidates[start], bounds, best_f, max_iterations)
        best_f = max(best_f, float(posterior.moments(point[None])[0]))
        believed.add(point)
        update = believed.last_projection(candidates, k, projections)
        projections = torch.cat([projections, update[None]])
    return believed.points


def _climb(
    believed: BelievedPosterior, start: Tensor, bounds: Tensor, best_f: float, max_iterations: int
) -> Tensor:
    """Improve a point (`d`) within the bounds; the start itself if nothing better is found."""
    lower, upper = bounds
    width = (upper - lower).clamp(min=1e-12)

    def negated(unit: np.ndarray) -> tuple[float, np.ndarray]:
        x = torch.from_numpy(unit).requires_grad_()
        with torch.enable_grad():
            moments = believed.moments((lower + width * x)[None])
            value = -log_expected_improvement(*moments, best_f)[0]
            (gradient,) = torch.autograd.grad(value, x)
        return value.item(), gradient.numpy()

    if max_iterations == 0:
        return start
    first = ((start - lower) / width).clamp(0, 1).numpy()
    result = minimize(
        negated,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * len(first),
        options={"maxiter": max_iterations},
    )
    # A failed line search can end at a worse point than its start.
    if not result.fun < negated(first)[0]:
        return start
    return torch.minimum(torch.maximum(lower + width * torch.from_numpy(result.x), lower), upper)
