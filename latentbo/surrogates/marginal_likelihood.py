"""FITC's marginal likelihood: exact, and as a sum over rows that mini-batches can estimate."""

import math
from typing import Any

import torch
from torch import Tensor

from latentbo.surrogates.sparse_posterior import (
    JITTER,
    Hyperparameters,
    cholesky_factor,
    row_noise,
    whitened,
)


def log_marginal_likelihood(
    train_Z: Tensor, train_Y: Tensor, hyperparameters: Hyperparameters
) -> Tensor:
    r"""FITC's `log N(y; 0, V^T V + diag(λ))`, differentiable in the hyperparameters.

    By the matrix inversion lemma, with `B = I + V diag(1/λ) V^T`, in `O(n m^2)`.

    Args:
        train_Z: An `n x d`-dim tensor of codes, in the precision of the hyperparameters.
        train_Y: An `n`-dim tensor of targets.
        hyperparameters: Of the Gaussian process.

    Returns:
        A scalar tensor.
    """
    v = whitened(train_Z, hyperparameters, cholesky_factor(hyperparameters))
    noise = row_noise(v, hyperparameters)
    weighted = v / noise
    lower = torch.linalg.cholesky(torch.eye(len(v), dtype=v.dtype) + weighted @ v.T)
    projected = torch.linalg.solve_triangular(lower, (weighted @ train_Y)[:, None], upper=False)
    fit = (train_Y.square() / noise).sum() - projected.square().sum()
    volume = noise.log().sum() + 2 * lower.diagonal().log().sum()
    return -0.5 * (fit + volume + len(train_Y) * math.log(2 * math.pi))


def expected_log_likelihood(
    train_Z: Tensor,
    train_Y: Tensor,
    hyperparameters: Hyperparameters,
    posterior: tuple[Tensor, Tensor],
    jitter: float = JITTER,
) -> Tensor:
    r"""Expectation of `log p(y | u)` under a posterior of the whitened inducing values `u`.

    `u` has a standard normal prior whatever the hyperparameters are. So, if the posterior is that
    of the same hyperparameters, the gradient of this sum over rows is the gradient of FITC's log
    marginal likelihood (Fisher's identity; a generalised EM step), and a mini-batch gives an
    unbiased estimate of it.

    Args:
        train_Z: A `b x d`-dim tensor of codes.
        train_Y: A `b`-dim tensor of targets.
        hyperparameters: Of the Gaussian process.
        posterior: Mean (`m`) and covariance (`m x m`), constants.
        jitter: Of `K_ZZ`, relative to the output scale.

    Returns:
        A `b`-dim tensor; its sum over all rows is the expectation.
    """
    mean, covariance = posterior
    v = whitened(train_Z, hyperparameters, cholesky_factor(hyperparameters, jitter))
    second_moment = covariance + torch.outer(mean, mean)
    result: Tensor = _RowTerms.apply(
        v, hyperparameters.outputscale, hyperparameters.noise, train_Y, mean, second_moment
    )
    return result


class _RowTerms(torch.autograd.Function):
    r"""`E log N(y; v^T u, λ)` of each row, with its gradient by hand.

    With `M = E u u^T`, `e = y^2 - 2 y E[u]^T v + v^T M v` and `λ = σ² + s - v^T v` it is
    `-(e / λ + log 2πλ) / 2`; automatic differentiation would need a second product with `M` and
    three times the passes over `v`.
    """

    @staticmethod
    def forward(
        ctx: Any,
        v: Tensor,
        outputscale: Tensor,
        noise: Tensor,
        targets: Tensor,
        mean: Tensor,
        second_moment: Tensor,
    ) -> Tensor:
        spread = second_moment @ v
        squares = (v * spread).sum(0)
        unexplained = outputscale - (v * v).sum(0)
        variance = noise + unexplained.clamp(min=0)
        errors = targets.square() - 2 * targets * (mean @ v) + squares
        ctx.save_for_backward(v, spread, variance, errors, targets, mean, unexplained > 0)
        return -0.5 * (errors / variance + (2 * math.pi * variance).log())

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor | None, ...]:
        v, spread, variance, errors, targets, mean, inside = ctx.saved_tensors
        weight = outputs[0]
        to_variance = 0.5 * weight * (errors / variance - 1) / variance
        to_unexplained = to_variance * inside
        precision = weight / variance
        to_v = spread * -precision
        to_v.addcmul_(v, to_unexplained.expand_as(v), value=-2)
        to_v.addr_(mean, targets * precision)
        return to_v, to_unexplained.sum(), to_variance.sum(), None, None, None
