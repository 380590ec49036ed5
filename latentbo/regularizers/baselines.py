"""Regularizers of other autoencoders: variational, Wasserstein, and norm-penalised."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor
from torch.distributions import Normal

from latentbo.priors import GaussianMixturePrior, check_codes
from latentbo.regularizers.encoding import Encoding

#: Multiples of the base scale of the kernels (Tolstikhin et al., 2018).
_MMD_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def kl_divergence(encoding: Encoding, prior: GaussianMixturePrior) -> Tensor:
    """Mean Kullback-Leibler divergence of the encoder's Gaussians `q(z|x)` to the prior, in nats.

    In closed form for a prior of one component; for mixtures the unbiased single-sample estimate
    `log q(z) - log p(z)` at `encoding.codes`, which must then be a sample of the encoder.

    Args:
        encoding: A variational encoding of n inputs.
        prior: The prior.

    Returns:
        A scalar tensor: the sum over dimensions, averaged over inputs.

    Raises:
        ValueError: If the encoding has no log-variance or the wrong dimension.

    References:
        D. P. Kingma and M. Welling, "Auto-Encoding Variational Bayes", ICLR 2014.
    """
    if encoding.log_variance is None:
        raise ValueError("the KL divergence needs a variational encoding, got log_variance=None")
    check_codes(encoding.codes, prior.num_dimensions)
    if prior.num_components > 1:
        deviations = (0.5 * encoding.log_variance).exp()
        log_q = Normal(encoding.mean, deviations, validate_args=False).log_prob(encoding.codes)
        return (log_q.sum(dim=-1) - prior.log_prob(encoding.codes)).mean()
    log_two_pi_e = 1 + math.log(2 * math.pi)
    negative_entropy = -0.5 * (encoding.log_variance + log_two_pi_e).sum(dim=-1)
    # E_q[log p(z)] = log p(E[z]) - tr(P V) / 2 with P the precision of the prior, V of q diagonal.
    spread = encoding.log_variance.exp() @ _precisions(prior).to(encoding.codes)
    return (negative_entropy - prior.log_prob(encoding.mean) + 0.5 * spread).mean()


def total_correlation(encoding: Encoding) -> Tensor:
    r"""Divergence of the aggregate posterior from the product of its marginals, in nats.

    `E_q(z) [log q(z) - sum_j log q(z_j)]`, estimated from the batch: `q(z)` is the mixture of the
    encoder's Gaussians of the batch. The published estimate adds weights for the size of the data
    set; they add a constant without gradient.

    Args:
        encoding: A variational encoding of n inputs, with sampled codes.

    Returns:
        A scalar tensor; 0 for one dimension.

    Raises:
        ValueError: If the encoding has no log-variance.

    References:
        R. T. Q. Chen et al., "Isolating Sources of Disentanglement in Variational Autoencoders",
        NeurIPS 2018, equations 2 and 5.
    """
    if encoding.log_variance is None:
        raise ValueError("the total correlation needs a variational encoding, got no log_variance")
    deviations = (0.5 * encoding.log_variance).exp()
    of_each = Normal(encoding.mean, deviations, validate_args=False)
    # Log-density of code i (rows) under the Gaussian of input j (columns), per dimension.
    densities = of_each.log_prob(encoding.codes[:, None])
    joint = densities.sum(2).logsumexp(1)
    marginals = densities.logsumexp(1).sum(1)
    num_others = (encoding.codes.shape[1] - 1) * math.log(len(encoding.codes))
    return (joint - marginals).mean() + num_others


def mmd_distance(codes: Tensor, prior_samples: Tensor) -> Tensor:
    r"""Unbiased squared maximum mean discrepancy of codes and draws of the prior.

    Sums the inverse multiquadratic kernels `C / (C + |x - y|^2)` with `C = 2 s v`, where v is the
    total variance of the draws and s runs over seven scales from 0.1 to 10.

    Args:
        codes: An `n x d`-dim tensor of latent codes, n >= 2.
        prior_samples: An `m x d`-dim tensor of draws of the prior, m >= 2.

    Returns:
        A scalar tensor; negative values occur, as the estimate is unbiased.

    Raises:
        ValueError: If a shape is wrong.

    References:
        I. Tolstikhin et al., "Wasserstein Auto-Encoders", ICLR 2018.
    """
    if prior_samples.ndim != 2 or prior_samples.shape[0] < 2:
        raise ValueError(
            f"prior_samples must be m x d with m >= 2, got shape {tuple(prior_samples.shape)}"
        )
    check_codes(codes, prior_samples.shape[1], minimum_rows=2)
    base = 2 * prior_samples.var(dim=0).sum()
    within_codes = _mean_off_diagonal(_kernel(codes, codes, base))
    within_prior = _mean_off_diagonal(_kernel(prior_samples, prior_samples, base))
    return within_codes + within_prior - 2 * _kernel(codes, prior_samples, base).mean()


def l2_norm(codes: Tensor) -> Tensor:
    """Half the mean squared norm of the codes (`n x d`): a scalar tensor.

    Raises:
        ValueError: If `codes` is not a matrix.

    References:
        P. Ghosh et al., "From Variational to Deterministic Autoencoders", ICLR 2020.
    """
    if codes.ndim != 2:
        raise ValueError(f"codes must be n x d, got shape {tuple(codes.shape)}")
    return 0.5 * codes.square().sum(dim=-1).mean()


def decoder_norm(parameters: Iterable[Tensor]) -> Tensor:
    """Half the squared norm of a decoder's weights: the explicit penalty of RAE-L2, a scalar.

    Raises:
        ValueError: If there are no parameters.

    References:
        P. Ghosh et al., "From Variational to Deterministic Autoencoders", ICLR 2020.
    """
    squares = [parameter.square().sum() for parameter in parameters]
    if not squares:
        raise ValueError("the penalty on the decoder needs its parameters, got none")
    return 0.5 * torch.stack(squares).sum()


def _precisions(prior: GaussianMixturePrior) -> Tensor:
    """Diagonal of the inverse covariance of the first component, `d`."""
    if prior.is_diagonal:
        return prior.covariances[0].reciprocal()
    return torch.linalg.inv(prior.covariances[0]).diagonal()


def _kernel(left: Tensor, right: Tensor, base: Tensor) -> Tensor:
    squared = left.square().sum(-1)[:, None] + right.square().sum(-1) - 2 * left @ right.T
    # Rounding can make the distance of a point to itself slightly negative.
    squared = squared.clamp_min(0)
    kernel = torch.zeros_like(squared)
    for scale in _MMD_SCALES:
        kernel = kernel + scale * base / (scale * base + squared)
    return kernel


def _mean_off_diagonal(kernel: Tensor) -> Tensor:
    n = kernel.shape[0]
    return (kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1))
