r"""The sparse GP fitted with current methods, on the data of the published one.

Targets are standardised; inducing points start at cluster means; lengthscales have a prior that
grows with the square root of the number of dimensions; and the fit runs to convergence: Adam at
sixty times the published learning rate, which then falls to zero.

Two changes that should help made predictions of expressions' values worse: fitting the scales first
to a part of the rows, by L-BFGS (few rows favour long lengthscales, from which Adam does not
return), and inducing points by greedy variance reduction (in many dimensions it picks outliers).

References:
    Hvarfner, Hellsten and Nardi, "Vanilla Bayesian Optimization Performs Great in High
    Dimensions", ICML 2024 (the prior of the lengthscales).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from latentbo.surrogates.gp_config import ModernGPConfig
from latentbo.surrogates.initialization import (
    check_training_data,
    fitted_noise,
    median_hyperparameters,
    standardization,
)
from latentbo.surrogates.minibatches import MiniBatches, train_hyperparameters
from latentbo.surrogates.sparse_posterior import (
    Hyperparameters,
    SparsePosterior,
    condition_on,
)

# Codes per cluster for computing its mean.
CLUSTERED = 40
# Minimum number of steps per epoch.
STEPS = 20


def fit_modern_gp(
    train_Z: Tensor,
    train_Y: Tensor,
    config: ModernGPConfig,
    seed: int,
    start: SparsePosterior | None = None,
    progress: Callable[[int], None] | None = None,
) -> SparsePosterior:
    """Fit the sparse GP; the same arguments give the same posterior.

    Args:
        train_Z: An `n x d`-dim tensor of codes, in any unit.
        train_Y: An `n`-dim tensor of targets.
        config: Settings.
        seed: Of the rows for the initial values, and of the mini-batches.
        start: An earlier fit to start from, for `refit_epochs`; None: a first fit.
        progress: Called with the number of epochs done, after each.

    Raises:
        ConfigurationError: If codes or targets are not finite, or too few.
    """
    check_training_data(train_Z, train_Y)
    center, unit = standardization(train_Y)
    targets = (train_Y.double() - center) / unit
    generator = torch.Generator().manual_seed(seed)
    # The prior is made for the unit cube, where a uniform code has deviation 1 / sqrt(12).
    width = math.sqrt(12) * train_Z.double().std(0).clamp(min=1e-12)
    if start is None:
        first = _start(train_Z.double(), targets, config, generator)
        epochs, rate = config.epochs, config.learning_rate
    else:
        first = start.hyperparameters
        epochs, rate = config.refit_epochs, config.learning_rate / 10
    # At this learning rate the posterior must be recomputed every epoch.
    batch_size = min(config.batch_size, -(-len(targets) // STEPS))
    plan = MiniBatches(epochs, batch_size, rate, refresh=1, decay=True)
    trained = train_hyperparameters(
        train_Z,
        targets,
        first,
        plan,
        generator,
        progress,
        lambda lengthscale: log_prior(lengthscale / width.to(lengthscale.dtype)),
    )
    return condition_on(train_Z, targets, trained).in_units(center, unit)


def _start(
    train_Z: Tensor, targets: Tensor, config: ModernGPConfig, generator: torch.Generator
) -> Hyperparameters:
    """Return median distances, cluster means, and the noise fitted to one mini-batch."""
    order = torch.randperm(len(train_Z), generator=generator)
    codes, values = train_Z[order], targets[order]
    means = cluster_means(codes[: CLUSTERED * config.num_inducing], config.num_inducing)
    start = median_hyperparameters(means, codes, values)
    return fitted_noise(codes[: config.batch_size], values[: config.batch_size], start)


def log_prior(lengthscale: Tensor) -> Tensor:
    """Return the log density, up to a constant, of `d` lengthscales in units of the data's width.

    Log-normal with location `sqrt(2) + log(d) / 2` and scale `sqrt(3)`.
    """
    location = math.sqrt(2) + 0.5 * math.log(len(lengthscale))
    logs = lengthscale.log()
    return -((logs - location).square() / 6 + logs).sum()


@torch.no_grad()
def cluster_means(codes: Tensor, num_clusters: int, iterations: int = 10) -> Tensor:
    """Return the means of `k` clusters (Lloyd's algorithm from the first `k` codes).

    Args:
        codes: An `n x d`-dim tensor, in random order, scaled so that distances are comparable.
        num_clusters: Number `k` of clusters; at most `n`.
        iterations: Rounds of assigning and averaging.

    Returns:
        A `k x d`-dim tensor; a cluster that loses all its codes keeps its mean.
    """
    means = codes[:num_clusters].clone()
    for _ in range(iterations):
        # The nearest mean, without the codes' own squares, which are the same for all means.
        nearest = (codes @ means.T - 0.5 * means.square().sum(1)).argmax(1)
        sums = torch.zeros_like(means).index_add_(0, nearest, codes)
        counts = torch.bincount(nearest, minlength=len(means))[:, None]
        means = torch.where(counts > 0, sums / counts.clamp(min=1), means)
    return means
