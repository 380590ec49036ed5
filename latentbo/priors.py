"""Gaussian-mixture priors: density, marginal distribution functions, covariance, sampling."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from latentbo.errors import ConfigurationError

_SQRT_2 = math.sqrt(2.0)
_SQRT_2_PI = math.sqrt(2.0 * math.pi)


@dataclass(frozen=True, eq=False)
class GaussianMixturePrior:
    r"""The mixture `p(z) = sum_k p_k N(z; mu_k, Sigma_k)` of Gaussians.

    Args:
        weights: A `K`-dim tensor of positive weights that sum to one.
        means: A `K x d`-dim tensor.
        covariances: A `K x d`-dim tensor of variances (diagonal components), or a `K x d x d`-dim
            tensor of symmetric positive definite matrices.

    Raises:
        ValueError: If a shape, type or value does not fit.

    References:
        Saseendran et al., "Shape your Space", NeurIPS 2021; equations of A. Saseendran's thesis,
        University of Siegen, 2023, section 4.3.2.
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor

    def __post_init__(self) -> None:
        _check_shapes(self.weights, self.means, self.covariances)
        _check_values(self.weights, self.means, self.covariances)

    @classmethod
    def one_hot(
        cls,
        num_dimensions: int,
        num_components: int | None = None,
        scale: float = 1.0,
        standard_deviation: float = 1.0,
        *,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> "GaussianMixturePrior":
        """Spherical components of equal weight at `scale * e_k`: the default prior of the thesis.

        At scale 1 and unit standard deviation the density has one mode; components separate from
        about scale 4.

        Args:
            num_dimensions: Dimension d of the codes.
            num_components: Number K of components, at most d (default: d).
            scale: Distance of the means from the origin.
            standard_deviation: Standard deviation of each component in each dimension.
            dtype: Floating-point type (default: torch's).
            device: Device of the tensors (default: torch's).

        Raises:
            ConfigurationError: If K > d, where one-hot means would repeat.
        """
        num_components = num_dimensions if num_components is None else num_components
        if num_components > num_dimensions:
            raise ConfigurationError(
                f"{num_components} one-hot components in {num_dimensions} dimensions would repeat "
                "modes; use GaussianMixturePrior.on_sphere or pass the means yourself"
            )
        means = scale * torch.eye(num_components, num_dimensions, dtype=dtype, device=device)
        return cls.spherical(means, standard_deviation)

    @classmethod
    def on_sphere(
        cls, num_dimensions: int, num_components: int, radius: float = 1.0, *, seed: int = 0
    ) -> "GaussianMixturePrior":
        """Unit spherical components at Sobol points mapped to a sphere: any K for d > 1."""
        if num_dimensions < 2:
            raise ConfigurationError(
                f"a sphere in {num_dimensions} dimension(s) has no room for distinct means; "
                "pass the means yourself"
            )
        engine = torch.quasirandom.SobolEngine(num_dimensions, scramble=True, seed=seed)
        uniform = engine.draw(num_components, dtype=torch.float64).clamp(1e-9, 1 - 1e-9)
        directions = torch.nn.functional.normalize(torch.special.ndtri(uniform), dim=-1)
        return cls.spherical(radius * directions.to(torch.get_default_dtype()))

    @classmethod
    def standard_normal(
        cls,
        num_dimensions: int,
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
    ) -> "GaussianMixturePrior":
        """One component, `N(0, I)`."""
        return cls.spherical(torch.zeros(1, num_dimensions, dtype=dtype, device=device))

    @classmethod
    def spherical(cls, means: Tensor, standard_deviation: float = 1.0) -> "GaussianMixturePrior":
        """Components of equal weight and equal spherical covariance at `means` (`K x d`)."""
        if means.ndim != 2:
            raise ValueError(f"means must be K x d, got shape {tuple(means.shape)}")
        weights = means.new_full((means.shape[0],), 1.0 / max(means.shape[0], 1))
        return cls(weights, means, torch.full_like(means, standard_deviation**2))

    @property
    def num_components(self) -> int:
        """Number K of components."""
        return self.means.shape[0]

    @property
    def num_dimensions(self) -> int:
        """Dimension d of the codes."""
        return self.means.shape[1]

    @property
    def is_diagonal(self) -> bool:
        """Whether the components' covariances are given by their diagonals."""
        return self.covariances.ndim == 2

    @property
    def variances(self) -> Tensor:
        """Variances of the components in each dimension, `K x d`."""
        return self.covariances if self.is_diagonal else self.covariances.diagonal(0, -2, -1)

    @cached_property
    def mean(self) -> Tensor:
        """Mean of the mixture, `d`."""
        return self.weights @ self.means

    @cached_property
    def covariance(self) -> Tensor:
        """Covariance of the mixture, `d x d` (eq. 4.6).

        The thesis prints the unweighted mean of the component means; the covariance needs the
        weighted one, which differs unless all weights are equal.
        """
        centred = self.means - self.mean
        between = (self.weights[:, None] * centred).T @ centred
        within = torch.tensordot(self.weights, self.covariances, dims=1)
        return between + (within.diag() if self.is_diagonal else within)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw `n` codes, `n x d`; random numbers are drawn on the generator's device."""
        if n == 0:  # torch.multinomial raises an error
            return self.means.new_empty(0, self.num_dimensions)
        source = self.means.device if generator is None else generator.device
        weights = self.weights.to(source)
        components = torch.multinomial(weights, n, replacement=True, generator=generator)
        shape = (n, self.num_dimensions)
        noise = torch.randn(shape, dtype=weights.dtype, device=source, generator=generator)
        components, noise = components.to(self.means.device), noise.to(self.means.device)
        if self.is_diagonal:
            return self.means[components] + self.covariances.sqrt()[components] * noise
        for k, factor in enumerate(self._factors):
            rows = components == k
            noise[rows] = noise[rows] @ factor.T
        return self.means[components] + noise

    def log_prob(self, codes: Tensor) -> Tensor:
        """Log-density at `codes` (`n x d`), `n`."""
        return torch.logsumexp(self._weighted_log_prob(codes), dim=-1)

    def responsibilities(self, codes: Tensor) -> Tensor:
        """Probability of each component given a code (`n x d`), `n x K`."""
        return torch.softmax(self._weighted_log_prob(codes), dim=-1)

    def marginal_cdf(self, codes: Tensor) -> Tensor:
        r"""Marginal distribution functions at `codes` (`n x d`), `n x d` (eq. 4.5).

        `F_j(z) = sum_k p_k Phi((z - mu_kj) / sigma_kj)`; the thesis prints a division by the
        variance, but means the standard deviation. Equal pairs (mean, standard deviation) of a
        dimension are merged, so one-hot means cost `O(n d)` whatever K is, and the memory is `O(n
        d)` for any mixture. Differentiable once with respect to the codes.
        """
        check_codes(codes, self.num_dimensions)
        weights, means, deviations = (table.to(codes) for table in self._marginals)
        return _MixtureCdf.apply(codes, weights, means, deviations)

    def characteristic_function(self, directions: Tensor, knots: Tensor) -> Tensor:
        r"""Characteristic function of the projections `a . z` of the prior.

        `sum_k p_k exp(i t a . mu_k - t^2 a^T Sigma_k a / 2)` for each direction a and knot t.

        Args:
            directions: An `m x d`-dim tensor.
            knots: A `t`-dim tensor of frequencies.

        Returns:
            An `m x t`-dim complex tensor.
        """
        check_codes(directions, self.num_dimensions, name="directions")
        means = directions @ self.means.to(directions).T
        if self.is_diagonal:
            variances = directions.square() @ self.covariances.to(directions).T
        else:
            covariances = self.covariances.to(directions)
            variances = torch.einsum("mj,kjl,ml->mk", directions, covariances, directions)
        weights = self.weights.to(directions)[:, None]
        amplitudes = weights * torch.exp(-0.5 * variances[..., None] * knots.square())
        angles = means[..., None] * knots
        real = (amplitudes * angles.cos()).sum(dim=1)
        return torch.complex(real, (amplitudes * angles.sin()).sum(dim=1))

    def to(
        self, device: torch.device | str | None = None, dtype: torch.dtype | None = None
    ) -> "GaussianMixturePrior":
        """Return the prior on another device or in another floating-point type."""
        means = self.means.to(device=device, dtype=dtype)
        if means is self.means:
            return self
        return GaussianMixturePrior(self.weights.to(means), means, self.covariances.to(means))

    @cached_property
    def _factors(self) -> Tensor:
        return torch.linalg.cholesky(self.covariances)

    def _weighted_log_prob(self, codes: Tensor) -> Tensor:
        check_codes(codes, self.num_dimensions)
        log_weights = self.weights.to(codes).log()
        if self.is_diagonal:
            return log_weights + self._diagonal_log_prob(codes)
        components = MultivariateNormal(
            self.means.to(codes), scale_tril=self._factors.to(codes), validate_args=False
        )
        return log_weights + components.log_prob(codes[:, None, :])

    def _diagonal_log_prob(self, codes: Tensor) -> Tensor:
        # The square is expanded into products of matrices: n x K x d differences are slow and
        # need memory that grows with K. Centring keeps the cancellation small.
        centre = self.mean.to(codes)
        codes, means = codes - centre, self.means.to(codes) - centre
        variances = self.covariances.to(codes)
        precisions = variances.reciprocal()
        squares = codes.square() @ precisions.T - 2 * codes @ (means * precisions).T
        constants = (means.square() * precisions + (2 * math.pi * variances).log()).sum(dim=-1)
        return -0.5 * (squares + constants)

    @cached_property
    def _marginals(self) -> tuple[Tensor, Tensor, Tensor]:
        """Merged weights, means and standard deviations of the marginals, each `M x d`.

        M is the largest number of distinct pairs (mean, standard deviation) in a dimension;
        dimensions with fewer are padded with components of weight zero.
        """
        pairs = torch.stack([self.means, self.variances.sqrt()], dim=-1).cpu()
        columns = [torch.unique(p, dim=0, return_inverse=True) for p in pairs.unbind(1)]
        width = max(distinct.shape[0] for distinct, _ in columns)
        tables = pairs.new_zeros(3, width, self.num_dimensions)
        tables[2] = 1.0
        for j, (distinct, group) in enumerate(columns):
            tables[0, :, j].index_add_(0, group, self.weights.cpu())
            tables[1:, : distinct.shape[0], j] = distinct.T
        weights, means, deviations = tables.to(self.means.device)
        return weights, means, deviations


class _MixtureCdf(torch.autograd.Function):
    """Weighted sum of normal distribution functions; stores only the density, for the gradient."""

    @staticmethod
    def forward(ctx: Any, codes: Tensor, weights: Tensor, means: Tensor, stds: Tensor) -> Tensor:
        cdf = torch.zeros_like(codes)
        density = torch.zeros_like(codes) if ctx.needs_input_grad[0] else None
        for weight, mean, std in zip(weights, means, stds, strict=True):
            scaled = (codes - mean).div_(_SQRT_2 * std)
            cdf.addcmul_(weight, torch.erf(scaled), value=0.5)
            if density is not None:
                density.addcmul_(weight / (_SQRT_2_PI * std), scaled.square_().neg_().exp_())
        if density is not None:
            ctx.save_for_backward(density)
        return cdf.add_(0.5)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (density,) = ctx.saved_tensors
        return gradient * density, None, None, None


def check_codes(
    codes: Tensor, num_dimensions: int, minimum_rows: int = 1, name: str = "codes"
) -> None:
    """Raises ValueError unless `codes` is `n x num_dimensions` with n >= `minimum_rows`."""
    if codes.ndim != 2 or codes.shape[1] != num_dimensions or codes.shape[0] < minimum_rows:
        raise ValueError(
            f"{name} must be n x {num_dimensions} with n >= {minimum_rows}, "
            f"got shape {tuple(codes.shape)}"
        )


def _check_shapes(weights: Tensor, means: Tensor, covariances: Tensor) -> None:
    if means.ndim != 2 or 0 in means.shape:
        raise ValueError(f"means must be K x d, got shape {tuple(means.shape)}")
    k, d = means.shape
    if weights.shape != (k,):
        raise ValueError(f"weights must have shape ({k},), got {tuple(weights.shape)}")
    if tuple(covariances.shape) not in ((k, d), (k, d, d)):
        raise ValueError(
            f"covariances must have shape {(k, d)} or {(k, d, d)}, got {tuple(covariances.shape)}"
        )
    if not means.is_floating_point() or not weights.dtype == means.dtype == covariances.dtype:
        raise ValueError(
            "weights, means and covariances must share one floating-point type, got "
            f"{weights.dtype}, {means.dtype} and {covariances.dtype}"
        )


def _check_values(weights: Tensor, means: Tensor, covariances: Tensor) -> None:
    for name, tensor in (("weights", weights), ("means", means), ("covariances", covariances)):
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{name} must be finite")
    if bool((weights <= 0).any()) or abs(float(weights.sum()) - 1.0) > 1e-4:
        raise ValueError(f"weights must be positive and sum to 1, got {weights.tolist()}")
    if covariances.ndim == 2:
        if bool((covariances <= 0).any()):
            raise ValueError(f"variances must be positive, got {float(covariances.min())}")
        return
    if not torch.allclose(covariances, covariances.mT, rtol=1e-5, atol=1e-7):
        raise ValueError("covariances must be symmetric")
    if bool(torch.linalg.cholesky_ex(covariances).info.any()):
        raise ValueError("covariances must be positive definite")
