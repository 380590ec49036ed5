"""The ask-tell loop, and the strategies that it asks."""

from latentbo.optimizer.batches import BatchOptimizer, Selection, Strategy
from latentbo.optimizer.config import NUM_FROM_POOL, PRESETS, OptimizationConfig, presets_of
from latentbo.optimizer.history import History
from latentbo.optimizer.hybrid import HybridStrategy
from latentbo.optimizer.loop import Ending, Optimizer, optimize
from latentbo.optimizer.own_surrogates import FitCodes, FitStrings, register_surrogate
from latentbo.optimizer.presets import OptimizerInputs, make_optimizer, register_preset
from latentbo.optimizer.scalarised import (
    FRONT,
    ScalarisedStrategy,
    front_settings,
    with_front,
)
from latentbo.optimizer.trust_region_search import TrustRegionStrategy

__all__ = [
    "FRONT",
    "NUM_FROM_POOL",
    "PRESETS",
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
