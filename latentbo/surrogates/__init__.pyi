from .censored import Bounds
from .conditioned import ConditionedGP
from .exact_gp import ExactGPConfig, fit_exact_gp
from .gp_config import GPConfig, ModernGPConfig, StochasticGPConfig
from .modern_gp import fit_modern_gp
from .molecule_features import (
    MoleculeFeatures,
    MoleculeFeaturizer,
    TanimotoGPConfig,
)
from .repeats import Repeats, repeats_of
from .sparse_gp import FittedSurrogate, SparseGPConfig, fit_sparse_gp
from .sparse_posterior import Hyperparameters, SparsePosterior, condition_on
from .stochastic_gp import fit_stochastic_gp
from .tanimoto_gp import TanimotoSurrogate, fit_tanimoto_gp
from .targets import standardized_targets, winsorized
from .threads import single_thread

__all__ = [
    "Bounds",
    "ConditionedGP",
    "ExactGPConfig",
    "FittedSurrogate",
    "GPConfig",
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
