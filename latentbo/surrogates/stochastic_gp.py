r"""The published sparse GP: mini-batches of 5,000, 500 inducing points, Adam at 5e-4, 50 epochs.

The published method is FITC, fitted by stochastic expectation propagation. Here FITC's log marginal
likelihood itself replaces that approximation of it. For a Gaussian likelihood the posterior of the
inducing values has a closed form, and given it the gradient is a sum over rows (Fisher's identity),
which mini-batches estimate without bias as long as the posterior is current. It is recomputed every
few epochs (Adam at 5e-4 moves a hyperparameter by less than 1 % per epoch of 90,000 rows) and, at
the end, from all rows in double precision.

At this learning rate 50 epochs change a scale by a factor of 1.6 at most, so the start matters:
lengthscales at the median distance of codes, the output scale at the targets' mean square, and the
noise at the maximum of the marginal likelihood of one mini-batch given these.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017 (the settings).
    Bui et al., "A Unifying Framework for Gaussian Process Pseudo-Point Approximations using Power
    Expectation Propagation", JMLR 18, 2017 (FITC as expectation propagation).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from latentbo.surrogates.gp_config import StochasticGPConfig
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


def fit_stochastic_gp(
    train_Z: Tensor,
    train_Y: Tensor,
    config: StochasticGPConfig,
    seed: int,
    start: SparsePosterior | None = None,
    progress: Callable[[int], None] | None = None,
) -> SparsePosterior:
    """Fit the sparse GP; the same arguments give the same posterior.

    Args:
        train_Z: An `n x d`-dim tensor of codes, in any unit.
        train_Y: An `n`-dim tensor of targets.
        config: Settings.
        seed: Of the inducing points and the mini-batches.
        start: An earlier fit to start from, for `refit_epochs`; None: a first fit.
        progress: Called with the number of epochs done, after each.

    Raises:
        ConfigurationError: If codes or targets are not finite, or too few.
    """
    check_training_data(train_Z, train_Y)
    center, unit = standardization(train_Y) if config.standardize else (0.0, 1.0)
    targets = (train_Y.double() - center) / unit
    generator = torch.Generator().manual_seed(seed)
    if start is None:
        first = initial_hyperparameters(train_Z, targets, config, generator)
    else:
        first = start.hyperparameters
    plan = MiniBatches(
        config.epochs if start is None else config.refit_epochs,
        config.batch_size,
        config.learning_rate,
        config.refresh,
    )
    trained = train_hyperparameters(train_Z, targets, first, plan, generator, progress)
    return condition_on(train_Z, targets, trained).in_units(center, unit)


def initial_hyperparameters(
    train_Z: Tensor, targets: Tensor, config: StochasticGPConfig, generator: torch.Generator
) -> Hyperparameters:
    """Take random inducing points and the median distance as lengthscale, and fit the noise."""
    order = torch.randperm(len(train_Z), generator=generator)
    codes, values = train_Z[order].double(), targets[order].double()
    start = median_hyperparameters(codes[: config.num_inducing], codes, values)
    return fitted_noise(codes[: config.batch_size], values[: config.batch_size], start)
