"""Codes and values to Gaussian processes."""

from latentbo.surrogates.modern_gp import ModernGPConfig, fit_modern_gp
from latentbo.surrogates.sparse_gp import FittedSurrogate, SparseGPConfig, fit_sparse_gp
from latentbo.surrogates.sparse_posterior import Hyperparameters, SparsePosterior, condition_on
from latentbo.surrogates.stochastic_gp import StochasticGPConfig, fit_stochastic_gp

__all__ = [
    "FittedSurrogate",
    "Hyperparameters",
    "ModernGPConfig",
    "SparseGPConfig",
    "SparsePosterior",
    "StochasticGPConfig",
    "condition_on",
    "fit_modern_gp",
    "fit_sparse_gp",
    "fit_stochastic_gp",
]
