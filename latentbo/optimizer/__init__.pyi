from .batches import BatchOptimizer, Selection, Strategy
from .config import NUM_FROM_POOL, PRESETS, OptimizationConfig, presets_of
from .history import History
from .hybrid import HybridStrategy
from .loop import Ending, Optimizer, optimize
from .own_surrogates import SURROGATES, FitCodes, FitStrings, register_surrogate
from .presets import OptimizerInputs, make_optimizer, register_preset
from .scalarised import (
    FRONT,
    ScalarisedStrategy,
    front_settings,
    with_front,
)
from .trust_region_search import TrustRegionStrategy

__all__ = [
    "FRONT",
    "NUM_FROM_POOL",
    "PRESETS",
    "SURROGATES",
    "BatchOptimizer",
    "Ending",
    "FitCodes",
    "FitStrings",
    "History",
    "HybridStrategy",
    "OptimizationConfig",
    "Optimizer",
    "OptimizerInputs",
    "ScalarisedStrategy",
    "Selection",
    "Strategy",
    "TrustRegionStrategy",
    "front_settings",
    "make_optimizer",
    "optimize",
    "presets_of",
    "register_preset",
    "register_surrogate",
    "with_front",
]
