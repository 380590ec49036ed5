"""Hyperparameters of FITC by Adam over mini-batches, in single precision."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.surrogates.marginal_likelihood import expected_log_likelihood
from latentbo.surrogates.sparse_posterior import (
    Hyperparameters,
    cholesky_factor,
    whitened_posterior,
)

# Relative to the output scale; single precision needs more than double.
JITTER = 1e-4


@dataclass(frozen=True)
class MiniBatches:
    """Settings of the training by mini-batches.

    Args:
        epochs: Passes over the data.
        batch_size: Rows of a mini-batch.
        learning_rate: Adam's, for logarithms of scales and for the inducing points' coordinates.
        refresh: Epochs between two computations of the inducing values' posterior.
        decay: Whether the learning rate falls to zero along a cosine.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    refresh: int
    decay: bool = False

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch."""
        if not self.decay:
            return self.learning_rate
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * epoch / self.epochs))


def train_hyperparameters(
    train_Z: Tensor,
    targets: Tensor,
    first: Hyperparameters,
    plan: MiniBatches,
    generator: torch.Generator,
    progress: Callable[[int], None] | None = None,
    log_prior: Callable[[Tensor], Tensor] | None = None,
) -> Hyperparameters:
    """Maximise FITC's marginal likelihood by stochastic generalised EM.

    Args:
        train_Z: An `n x d`-dim tensor of codes.
        targets: An `n`-dim tensor.
        first: The initial hyperparameters.
        plan: Epochs, mini-batches, learning rate.
        generator: Source of randomness for the mini-batches.
        progress: Called with the number of epochs done, after each.
        log_prior: Log density of the `d` lengthscales; None: a flat prior.

    Returns:
        The last hyperparameters, in double precision. (Single precision takes a third of the time.)
    """
    codes, values = train_Z.float(), targets.float()
    start = first.to(torch.float32)
    inducing = start.inducing.clone().requires_grad_()
    scales = (start.lengthscale, start.outputscale, start.noise)
    logs = [scale.log().requires_grad_() for scale in scales]
    optimizer = torch.optim.Adam([inducing, *logs], lr=plan.learning_rate)

    def current() -> Hyperparameters:
        return Hyperparameters(inducing, *(log.exp() for log in logs))

    for epoch in range(plan.epochs):
        optimizer.param_groups[0]["lr"] = plan.rate(epoch)
        if epoch % plan.refresh == 0:
            fixed = current().to(torch.float32)
            factor = cholesky_factor(fixed, JITTER)
            posterior = whitened_posterior(codes, values, fixed, factor)
        for rows in torch.randperm(len(values), generator=generator).split(plan.batch_size):
            with torch.enable_grad():
                now = current()
                loss = -expected_log_likelihood(
                    codes[rows], values[rows], now, posterior, JITTER
                ).mean()
                if log_prior is not None:
                    loss = loss - log_prior(now.lengthscale) / len(values)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if progress is not None:
            progress(epoch + 1)
    return current().to(torch.float64)
