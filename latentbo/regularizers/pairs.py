r"""Terms for pairs of codes: those of inputs and of their adversarial versions.

Two families (A. Saseendran's thesis, 2023, section 5.3). *Augmented* (eqs. 5.2, 5.3): both samples
are pulled to the prior and their cross-covariance to zero, which is `INDEPENDENT` here. *Coupled*
(eqs. 5.4 to 5.6): a two-point term keeps each adversarial code at its clean one, and the
cross-covariance is pulled to that of a `Coupling`. The one-component form (eqs. 5.7 to 5.10) is the
same for a prior of one component; (5.8) and (5.9) print `1 / (2 D^2)` where `1 / (4 D^2)` is meant.

In section 4.3.3 a loss weight is the inverse of the expected loss of draws of the prior. For pairs
these must be draws of coupled pairs, each side distributed as the prior (`sample_pairs`):
independent draws miss the target of the cross-covariance, and the weight would count that as noise.
"""

import math

import numpy as np
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior, check_codes
from latentbo.regularizers.coupled_codes import cross_covariance, sample_pairs
from latentbo.regularizers.coupling import TWO_POINT_TERMS, Coupling
from latentbo.regularizers.expectation import check_batch_size
from latentbo.regularizers.kolmogorov_smirnov import ks_distance, ks_expectation
from latentbo.regularizers.moments import covariance_expectation

# Nodes of the quadrature over the shared part of a pair; draws where no closed form is known.
NUM_NODES, NUM_DRAWS = 64, 500


def augmented_ks_distance(
    codes: Tensor,
    adversarial_codes: Tensor,
    prior: GaussianMixturePrior,
    plotting_position: str = "midpoint",
) -> Tensor:
    """Mean of the `ks_distance` of clean and of adversarial codes (eq. 5.2), a scalar.

    Each sample is compared on its own: in a pooled one, the misfits of the halves could cancel. The
    expectation over pairs of draws of the prior is `ks_expectation` for any coupling.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        adversarial_codes: An `n x d`-dim tensor, row for row of the same inputs.
        prior: The prior.
        plotting_position: Of `ks_distance`.

    Raises:
        ValueError: If the shapes do not fit.
        ConfigurationError: If the plotting position is unknown.
    """
    _check_pairs(codes, adversarial_codes, prior)
    clean = ks_distance(codes, prior, plotting_position)
    return 0.5 * (clean + ks_distance(adversarial_codes, prior, plotting_position))


def paired_ks_distance(
    codes: Tensor, adversarial_codes: Tensor, prior: GaussianMixturePrior
) -> Tensor:
    """Mean of `(F_j(z_nj) - F_j(z_adv_nj))^2` over pairs n and dimensions j, a scalar.

    Zero for equal codes only. The thesis prints empirical distribution functions (eq. 5.4), each at
    its own points: ranks, whose gradient is zero. The prior's, the target of both samples, replaces
    them. Shapes and errors as for `augmented_ks_distance`.
    """
    _check_pairs(codes, adversarial_codes, prior)
    return (prior.marginal_cdf(codes) - prior.marginal_cdf(adversarial_codes)).square().mean()


def sorted_ks_distance(
    codes: Tensor, adversarial_codes: Tensor, prior: GaussianMixturePrior
) -> Tensor:
    """`paired_ks_distance` for the i-th smallest codes of both samples instead of pairs, a scalar.

    Literally the two-sample test: it compares the marginals and does not couple pairs.
    """
    _check_pairs(codes, adversarial_codes, prior)
    return paired_ks_distance(codes.sort(0).values, adversarial_codes.sort(0).values, prior)


def coupled_ks_distance(
    codes: Tensor,
    adversarial_codes: Tensor,
    prior: GaussianMixturePrior,
    plotting_position: str = "midpoint",
    two_point: str = "paired",
) -> Tensor:
    """Two thirds of the augmented term and one of a two-point term (eqs. 5.4, 5.7), a scalar.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        adversarial_codes: An `n x d`-dim tensor, row for row of the same inputs.
        prior: The prior.
        plotting_position: Of `ks_distance`.
        two_point: "paired" or "sorted".

    Raises:
        ValueError: If the shapes do not fit.
        ConfigurationError: If an option is unknown.
    """
    _check_two_point(two_point)
    term = paired_ks_distance if two_point == "paired" else sorted_ks_distance
    single = augmented_ks_distance(codes, adversarial_codes, prior, plotting_position)
    return (2 * single + term(codes, adversarial_codes, prior)) / 3


def paired_ks_expectation(prior: GaussianMixturePrior, coupling: Coupling) -> float:
    r"""Expectation of `paired_ks_distance` over coupled pairs, for any number of pairs.

    With U = F(z) and U' = F(z') uniform, `E (U - U')^2 = 2/3 - 2 E[U U']`. *Scaled*: pairs are
    equal or, with probability `1 - strength`, independent, which gives `(1 - strength) / 6`.
    *Components*: write `z = mu_k + s_k (sqrt(r) w + sqrt(1 - r) u)` and z' with the same w and
    another u; given k and w the two are independent, and `E[U | k, w] = sum_m p_m
    Phi((mu_k + s_k sqrt(r) w - mu_m) / sqrt(s_m^2 + s_k^2 (1 - r)))`. The mean of its square over w
    is taken by Gauss-Hermite quadrature; standard deviations should not differ more than tenfold.
    """
    if coupling.cross == "scaled":
        return (1 - coupling.strength) / 6
    prior = prior.to("cpu", torch.float64)
    nodes, masses = map(torch.from_numpy, np.polynomial.hermite_e.hermegauss(NUM_NODES))
    masses = masses / math.sqrt(2 * math.pi)
    product = torch.zeros(prior.num_dimensions, dtype=torch.float64)
    for weight, mean, variance in zip(prior.weights, prior.means, prior.variances, strict=True):
        shared = mean + (coupling.strength * variance).sqrt() * nodes[:, None]
        spread = (prior.variances + (1 - coupling.strength) * variance).sqrt()
        heights = torch.special.ndtr((shared[:, None] - prior.means) / spread)
        product += weight * (masses @ (prior.weights @ heights).square())
    # For equal pairs (strength 1) rounding could make it negative.
    return max(0.0, float((2 / 3 - 2 * product).mean()))


def coupled_ks_expectation(
    prior: GaussianMixturePrior,
    n: int,
    coupling: Coupling,
    plotting_position: str = "midpoint",
    two_point: str = "paired",
) -> float:
    """Expectation of `coupled_ks_distance` over n coupled pairs: the inverse of its weight.

    In closed form for "paired". For "sorted", which depends on the covariance of order statistics,
    the mean over `NUM_DRAWS` simulated batches with a fixed seed, as in eq. 4.10.
    """
    _check_two_point(two_point)
    single = 2 / 3 * ks_expectation(n, plotting_position)
    if two_point == "paired":
        return single + paired_ks_expectation(prior, coupling) / 3
    generator = torch.Generator().manual_seed(0)
    prior = prior.to("cpu", torch.float64)
    draws = (sample_pairs(prior, n, coupling, generator) for _ in range(NUM_DRAWS))
    values = [float(sorted_ks_distance(*pairs, prior)) for pairs in draws]
    return single + sum(values) / NUM_DRAWS / 3


def pair_covariance_residual(
    codes: Tensor, adversarial_codes: Tensor, prior: GaussianMixturePrior, coupling: Coupling
) -> tuple[Tensor, Tensor, Tensor]:
    """Covariances (with 1/n) minus their targets: clean, adversarial, cross; each `d x d`.

    Rows of the cross block belong to the clean codes. Arguments and errors are those of
    `pair_covariance_distance`.
    """
    _check_pairs(codes, adversarial_codes, prior)
    n = codes.shape[0]
    clean, adversarial = codes - codes.mean(0), adversarial_codes - adversarial_codes.mean(0)
    target = prior.covariance.to(codes)
    return (
        clean.T @ clean / n - target,
        adversarial.T @ adversarial / n - target,
        clean.T @ adversarial / n - cross_covariance(prior, coupling).to(codes),
    )


def pair_covariance_distance(
    codes: Tensor, adversarial_codes: Tensor, prior: GaussianMixturePrior, coupling: Coupling
) -> Tensor:
    """Mean squared entry of the residual of the joint covariance (eqs. 5.3, 5.5, 5.8), a scalar.

    The joint covariance is `2d x 2d`; its lower left block is the transpose of the upper right one
    (the thesis prints the same symbol for both) and has the same squares.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        adversarial_codes: An `n x d`-dim tensor, row for row of the same inputs.
        prior: The prior.
        coupling: Gives the target of the cross block; `INDEPENDENT` gives the augmented form (5.3).

    Raises:
        ValueError: If the shapes do not fit.
    """
    clean, adversarial, cross = pair_covariance_residual(codes, adversarial_codes, prior, coupling)
    squares = [block.square().mean() for block in (clean, adversarial, cross)]
    return (squares[0] + squares[1] + 2 * squares[2]) / 4


def pair_covariance_expectation(prior: GaussianMixturePrior, n: int, coupling: Coupling) -> float:
    r"""Expectation of `pair_covariance_distance` over n coupled pairs: the inverse of its weight.

    The blocks of one sample have that of `covariance_expectation`. The cross block has the mean
    over j, l of `((n-1)/n)^2 V_jl + T_jl^2 / n^2`, with T the target and V the variance of the
    unbiased sample covariance of `x_j` and `x'_l`: `V_jl = (m_jl - T_jl^2)/n + (Sigma_jj Sigma_ll +
    T_jl^2)/(n (n-1))`, `m_jl = E[x_j^2 x'_l^2]` of centred pairs. *Scaled*: `strength m + (1 -
    strength) Sigma_jj Sigma_ll`, m the fourth moments of the prior. *Components*: by Isserlis'
    theorem in each component, where `x_j` and `x'_l` have the covariance `strength * S_jl`.
    """
    check_batch_size(n)
    prior = prior.to("cpu", torch.float64)
    squares = cross_covariance(prior, coupling).square()
    scales = prior.covariance.diagonal()
    independent = torch.outer(scales, scales)
    if coupling.cross == "scaled":
        equal = _fourth_moments(prior, 1.0)
        moments = coupling.strength * equal + (1 - coupling.strength) * independent
    else:
        moments = _fourth_moments(prior, coupling.strength)
    variance = (moments - squares) / n + (independent + squares) / (n * (n - 1))
    cross = float((((n - 1) / n) ** 2 * variance + squares / n**2).mean())
    return (covariance_expectation(prior, n) + cross) / 2


def noisy_codes(
    codes: Tensor, standard_deviation: float = 1.0, generator: torch.Generator | None = None
) -> Tensor:
    """Codes with Gaussian noise, for the decoder in training (section 5.3.2), `n x d`.

    The text adds N(0, I); the published code 0.1 N(0, I).

    Raises:
        ConfigurationError: If the standard deviation is negative.
    """
    if not standard_deviation >= 0:
        raise ConfigurationError(
            f"the standard deviation of noise must be >= 0, got {standard_deviation}"
        )
    source = codes.device if generator is None else generator.device
    noise = torch.randn(codes.shape, generator=generator, device=source, dtype=codes.dtype)
    return codes + standard_deviation * noise.to(codes.device)


def _fourth_moments(prior: GaussianMixturePrior, correlation: float) -> Tensor:
    """`E[x_j^2 x'_l^2]` of centred pairs that share their component, `d x d`."""
    weights = prior.weights[:, None]
    centred = prior.means - prior.mean
    second = centred.square() + prior.variances
    covariances = prior.covariances.diag_embed() if prior.is_diagonal else prior.covariances
    covariances = correlation * covariances
    products = centred[:, :, None] * centred[:, None, :]
    extra = 4 * products * covariances + 2 * covariances.square()
    return (weights * second).T @ second + torch.tensordot(prior.weights, extra, dims=1)


def _check_pairs(codes: Tensor, adversarial_codes: Tensor, prior: GaussianMixturePrior) -> None:
    check_codes(codes, prior.num_dimensions, minimum_rows=2)
    if adversarial_codes.shape != codes.shape:
        raise ValueError(
            f"adversarial codes must have the shape of the codes, {tuple(codes.shape)}, "
            f"got {tuple(adversarial_codes.shape)}"
        )


def _check_two_point(two_point: str) -> None:
    if two_point not in TWO_POINT_TERMS:
        raise ConfigurationError(
            f"unknown two-point term {two_point!r}; choose one of {', '.join(TWO_POINT_TERMS)}"
        )
