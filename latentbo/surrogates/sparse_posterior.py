r"""A Gaussian process with inducing points, from its hyperparameters to its posterior.

The model is FITC: given the values at the inducing points `Z`, the data are independent. With
`k(x) = K_Zx`, the whitened `v(x) = L^-1 k(x)`, `L L^T = K_ZZ`, and the noise of each row

    λ_i = σ² + k(x_i, x_i) - v_i^T v_i,

the posterior of the whitened inducing values is normal with precision `B = I + Σ v_i v_i^T / λ_i`
and mean `B^-1 Σ v_i y_i / λ_i`: one pass over the data, no iteration.

References:
    Snelson and Ghahramani, "Sparse Gaussian Processes using Pseudo-inputs", NeurIPS 2005.
    Quiñonero-Candela and Rasmussen, "A Unifying View of Sparse Approximate Gaussian Process
    Regression", JMLR 6, 2005.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError

# Added to the diagonal of K_ZZ, relative to the output scale; raised if that is not enough.
JITTER = 1e-6
CHUNK = 5000


@dataclass(frozen=True)
class Hyperparameters:
    """Hyperparameters of the prior Gaussian process and of the noise.

    Args:
        inducing: The `m x d` inducing points.
        lengthscale: One per dimension, `d`.
        outputscale: Variance of the function.
        noise: Variance of the noise.
    """

    inducing: Tensor
    lengthscale: Tensor
    outputscale: Tensor
    noise: Tensor

    def to(self, dtype: torch.dtype) -> "Hyperparameters":
        """Return a copy without gradients, in another precision."""
        return Hyperparameters(*(value.detach().to(dtype) for value in vars(self).values()))


@dataclass(frozen=True)
class SparsePosterior:
    """The posterior: mean `a^T k(x)`, covariance `k(x, x') - k(x)^T C k(x')`.

    Args:
        hyperparameters: In double precision.
        weights: The `m` weights `a`.
        reduction: The `m x m` matrix `C`.
        center: Subtracted from the targets before they are divided by `unit`.
        unit: The arguments of this class are in units of it; all results are in the targets' own
            unit.
    """

    hyperparameters: Hyperparameters
    weights: Tensor
    reduction: Tensor
    center: float = 0.0
    unit: float = 1.0

    @property
    def noise_variance(self) -> float:
        """Variance of the noise, in the targets' unit squared."""
        return self.unit**2 * float(self.hyperparameters.noise)

    def moments(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance of the function (without noise), differentiable in the codes.

        Args:
            codes: An `n x d`-dim double tensor.

        Returns:
            Two `n`-dim tensors.
        """
        return self.moments_from(self.to_inducing(codes))

    def moments_from(self, k: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance, given the kernel with the inducing points (`n x m`)."""
        scale = self.hyperparameters.outputscale
        variance = scale - ((k @ self.reduction) * k).sum(1)
        # Rounding can make the variance at an inducing point negative.
        variance = variance.clamp(min=1e-10 * float(scale))
        return self.center + self.unit * (k @ self.weights), self.unit**2 * variance

    def to_inducing(self, codes: Tensor) -> Tensor:
        """Return the `n x m` kernel of `n x d` codes with the inducing points."""
        return ard_kernel(codes, self.hyperparameters.inducing, self.hyperparameters)

    def covariance(self, codes1: Tensor, codes2: Tensor) -> Tensor:
        """Return the `n1 x n2` posterior covariance of the function; differentiable."""
        prior = ard_kernel(codes1, codes2, self.hyperparameters)
        explained = self.to_inducing(codes1) @ self.reduction @ self.to_inducing(codes2).T
        return self.unit**2 * (prior - explained)

    @torch.no_grad()
    def predict(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of the function at `n x d` codes, in chunks."""
        moments = [self.moments(chunk.double()) for chunk in codes.split(CHUNK)]
        mean, variance = (torch.cat(parts) for parts in zip(*moments, strict=True))
        return mean, variance.sqrt()

    def log_density(self, codes: Tensor, values: Tensor) -> Tensor:
        """Return the log predictive density of `n` values, noise included, at `n x d` codes."""
        mean, deviation = self.predict(codes)
        variance = deviation.square() + self.noise_variance
        return -0.5 * ((2 * math.pi * variance).log() + (values - mean).square() / variance)

    def in_units(self, center: float, unit: float) -> "SparsePosterior":
        """Return this posterior for targets standardised with this center and unit."""
        return replace(self, center=center, unit=unit)


def ard_kernel(codes1: Tensor, codes2: Tensor, hyperparameters: Hyperparameters) -> Tensor:
    """Return the `n1 x n2` squared-exponential kernel with one lengthscale per dimension.

    The exponent, `-|a|^2/2 - |b|^2/2 + a b + log s`, is one product of matrices with two extra
    columns. That takes a quarter of the passes over a large matrix, which cost as much as the
    arithmetic.
    """
    a, b = codes1 / hyperparameters.lengthscale, codes2 / hyperparameters.lengthscale
    one_a, one_b = a.new_ones(len(a), 1), b.new_ones(len(b), 1)
    log_scale = hyperparameters.outputscale.log()
    left = torch.cat([a, one_a, log_scale - 0.5 * a.square().sum(1, keepdim=True)], 1)
    right = torch.cat([b, -0.5 * b.square().sum(1, keepdim=True), one_b], 1)
    return (left @ right.T).exp()


def cholesky_factor(hyperparameters: Hyperparameters, jitter: float = JITTER) -> Tensor:
    """Return the lower Cholesky factor of `K_ZZ`, computed in double precision; differentiable.

    Raises:
        ConfigurationError: If the hyperparameters are not finite.
    """
    inducing, *scales = (value.double() for value in vars(hyperparameters).values())
    exact = Hyperparameters(inducing, *scales)
    matrix = ard_kernel(inducing, inducing, exact)
    return _factor(matrix, jitter).to(hyperparameters.inducing.dtype)


def _factor(matrix: Tensor, jitter: float) -> Tensor:
    """Return a Cholesky factor; the jitter, relative to the diagonal, grows until one exists."""
    diagonal = matrix.diagonal().mean() * torch.eye(len(matrix), dtype=matrix.dtype)
    while jitter < 1:
        factor, info = torch.linalg.cholesky_ex(matrix + jitter * diagonal)
        if not info and torch.isfinite(factor).all():
            return factor
        jitter *= 10
    raise ConfigurationError(
        "the covariance of the inducing points has no Cholesky factor: codes or hyperparameters "
        "are not finite; standardise the targets, or use another model"
    )


def whitened(codes: Tensor, hyperparameters: Hyperparameters, factor: Tensor) -> Tensor:
    """Return `L^-1 K_Zx`, the `m x n` whitened covariance with the inducing points."""
    # Transposed, because the solver needs contiguous columns.
    kernel = ard_kernel(codes, hyperparameters.inducing, hyperparameters).T
    return torch.linalg.solve_triangular(factor, kernel, upper=False)


def row_noise(v: Tensor, hyperparameters: Hyperparameters) -> Tensor:
    """Return the `n` variances `λ` of rows with whitened covariances `v` (`m x n`)."""
    unexplained = (hyperparameters.outputscale - v.square().sum(0)).clamp(min=0)
    return hyperparameters.noise + unexplained


@torch.no_grad()
def whitened_posterior(
    train_Z: Tensor, train_Y: Tensor, hyperparameters: Hyperparameters, factor: Tensor
) -> tuple[Tensor, Tensor]:
    """Return mean (`m`) and covariance (`m x m`) of the whitened inducing values.

    Args:
        train_Z: An `n x d`-dim tensor of codes, in the precision of the hyperparameters.
        train_Y: An `n`-dim tensor of targets.
        hyperparameters: Of the Gaussian process.
        factor: The Cholesky factor `L`.
    """
    precision = torch.eye(len(factor), dtype=factor.dtype)
    total = torch.zeros(len(factor), dtype=factor.dtype)
    for codes, targets in zip(train_Z.split(CHUNK), train_Y.split(CHUNK), strict=True):
        v = whitened(codes, hyperparameters, factor)
        weighted = v / row_noise(v, hyperparameters)
        precision += weighted @ v.T
        total += weighted @ targets
    # In single precision the rounding error of the sums can exceed the unit matrix.
    lower = _factor(precision.double(), 1e-12)
    mean = torch.cholesky_solve(total.double()[:, None], lower)[:, 0]
    return mean.to(factor.dtype), torch.cholesky_inverse(lower).to(factor.dtype)


@torch.no_grad()
def condition_on(
    train_Z: Tensor, train_Y: Tensor, hyperparameters: Hyperparameters
) -> SparsePosterior:
    """Condition the Gaussian process on all data, in double precision.

    Args:
        train_Z: An `n x d`-dim tensor of codes.
        train_Y: An `n`-dim tensor of targets.
        hyperparameters: Of the Gaussian process, in the targets' unit.
    """
    exact = hyperparameters.to(torch.float64)
    factor = cholesky_factor(exact)
    mean, covariance = whitened_posterior(train_Z.double(), train_Y.double(), exact, factor)
    unwhiten = torch.linalg.solve_triangular(factor, torch.eye(len(factor)).double(), upper=False)
    reduction = unwhiten.T @ (torch.eye(len(factor)).double() - covariance) @ unwhiten
    return SparsePosterior(exact, unwhiten.T @ mean, reduction)
