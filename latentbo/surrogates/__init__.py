"""Surrogates: Gaussian processes fitted to codes or strings and their values."""

from latentbo.surrogates.censored import Bounds
from latentbo.surrogates.conditioned import ConditionedGP
from latentbo.surrogates.exact_gp import ExactGPConfig, fit_exact_gp
from latentbo.surrogates.modern_gp import ModernGPConfig, fit_modern_gp
from latentbo.surrogates.molecule_features import (
    MoleculeFeatures,
    MoleculeFeaturizer,
    TanimotoGPConfig,
)
from latentbo.surrogates.repeats import Repeats, repeats_of
from latentbo.surrogates.sparse_gp import FittedSurrogate, SparseGPConfig, fit_sparse_gp
from latentbo.surrogates.sparse_posterior import Hyperparameters, SparsePosterior, condition_on
from latentbo.surrogates.stochastic_gp import StochasticGPConfig, fit_stochastic_gp
from latentbo.surrogates.tanimoto_gp import TanimotoSurrogate, fit_tanimoto_gp
from latentbo.surrogates.targets import standardized_targets, winsorized
from latentbo.surrogates.threads import single_thread

__all__ = [
    "Bounds",
    "ConditionedGP",
    "ExactGPConfig",
    "FittedSurrogate",
    "Hyperparameters",
    "ModernGPConfig",
    "MoleculeFeatures",
    "MoleculeFeaturizer",
    "Repeats",
    "SparseGPConfig",
    "SparsePosterior",
    "StochasticGPConfig",
    "TanimotoGPConfig",
    "TanimotoSurrogate",
    "condition_on",
    "fit_exact_gp",
    "fit_modern_gp",
    "fit_sparse_gp",
    "fit_stochastic_gp",
    "fit_tanimoto_gp",
    "repeats_of",
    "single_thread",
    "standardized_targets",
    "winsorized",
]
