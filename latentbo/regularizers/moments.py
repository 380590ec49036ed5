"""The moment terms: distances of mean and covariance to the prior's."""

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior, check_codes
from latentbo.regularizers.expectation import check_batch_size


def mean_distance(codes: Tensor, prior: GaussianMixturePrior) -> Tensor:
    """Squared distance of the codes' mean to the prior's, averaged over dimensions.

    Far from the prior, where distribution functions saturate, only this term has a gradient.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        prior: The prior.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If `codes` is not `n x d` with at least two rows.
    """
    check_codes(codes, prior.num_dimensions, minimum_rows=2)
    return (codes.mean(dim=0) - prior.mean.to(codes)).square().mean()


def mean_expectation(prior: GaussianMixturePrior, n: int) -> float:
    """Expectation of `mean_distance` over n draws of the prior: trace(Sigma) / (n d)."""
    check_batch_size(n)
    return float(prior.covariance.diagonal().mean()) / n


def covariance_distance(codes: Tensor, prior: GaussianMixturePrior) -> Tensor:
    """Mean squared difference of the entries of the codes' and the prior's covariance (eq. 4.8).

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2; their covariance is taken with 1/n.
        prior: The prior.

    Returns:
        A scalar tensor.

    Raises:
        ValueError: If `codes` is not `n x d` with at least two rows.
    """
    check_codes(codes, prior.num_dimensions, minimum_rows=2)
    centred = codes - codes.mean(dim=0)
    sample_covariance = centred.T @ centred / codes.shape[0]
    return (sample_covariance - prior.covariance.to(codes)).square().mean()


def covariance_expectation(prior: GaussianMixturePrior, n: int) -> float:
    r"""Expectation of `covariance_distance` over n draws of the prior, in closed form.

    The mean over j, l of `((n-1)/n)^2 V_jl + Sigma_jl^2 / n^2`, where V is the variance of the
    unbiased sample covariance, `V_jl = (m_jl - Sigma_jl^2)/n + (Sigma_jj Sigma_ll + Sigma_jl^2) /
    (n (n-1))`, and `m_jl = E[x_j^2 x_l^2]` of the centred prior.
    """
    check_batch_size(n)
    prior = prior.to(dtype=torch.float64)
    squares = prior.covariance.square()
    scales = prior.covariance.diagonal()
    variance = (_fourth_moments(prior) - squares) / n
    variance += (torch.outer(scales, scales) + squares) / (n * (n - 1))
    return float((((n - 1) / n) ** 2 * variance + squares / n**2).mean())


def _fourth_moments(prior: GaussianMixturePrior) -> Tensor:
    """`E[x_j^2 x_l^2]` of the centred prior, `d x d`, by Isserlis' theorem for each component."""
    weights = prior.weights[:, None]
    centred = prior.means - prior.mean
    squares = centred.square()
    second = squares + prior.variances
    # (c_j^2 + S_jj)(c_l^2 + S_ll) = c_j^2 c_l^2 + c_j^2 S_ll + c_l^2 S_jj + S_jj S_ll
    moments = (weights * second).T @ second
    if prior.is_diagonal:
        extra = 4 * squares * prior.covariances + 2 * prior.covariances.square()
        return moments + (weights * extra).sum(dim=0).diag()
    cross = torch.einsum("kj,kl,kjl,k->jl", centred, centred, prior.covariances, prior.weights)
    return moments + 4 * cross + 2 * torch.einsum("kjl,k->jl", prior.covariances**2, prior.weights)
