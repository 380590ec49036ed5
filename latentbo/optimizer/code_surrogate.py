"""The Gaussian process over codes that the presets `latent` and `thesis` fit."""

from torch import Tensor

from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.own_surrogates import SURROGATES
from latentbo.surrogates import (
    ExactGPConfig,
    FittedSurrogate,
    Repeats,
    SparseGPConfig,
    fit_exact_gp,
    fit_sparse_gp,
    winsorized,
)


def fit_code_surrogate(
    config: OptimizationConfig,
    train_Z: Tensor,
    train_Y: Tensor,
    repeats: Repeats | None,
    **columns: int,
) -> FittedSurrogate:
    """Fit the user's surrogate or the exact process if the settings name it, else the sparse one.

    Args:
        config: Names the surrogate.
        train_Z: An `n x d`-dim tensor of features, in units of about one.
        train_Y: Their `n` values; very bad ones are raised, see `winsorized`.
        repeats: How often each value was measured; None: all of them once.
        columns: Numbers of further columns of `train_Z`; see `SparseGPConfig`.
    """
    targets = winsorized(train_Y)[:, None]
    own = SURROGATES[config.surrogate]
    if own is not None:
        fitted: FittedSurrogate = own.fit(train_Z, targets)
        return fitted
    if config.surrogate == "exact":
        return fit_exact_gp(train_Z, targets, ExactGPConfig(), repeats)
    return fit_sparse_gp(train_Z, targets, SparseGPConfig(config.num_inducing, **columns), repeats)
