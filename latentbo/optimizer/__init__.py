"""The ask-tell loop, and the strategies that it asks."""

from latentbo.optimizer.config import PRESETS, OptimizationConfig
from latentbo.optimizer.loop import Ending, Optimizer, optimize
from latentbo.optimizer.presets import Parts, make_optimizer
from latentbo.optimizer.scalarised import (
    FRONT,
    ScalarisedOptimizer,
    front_settings,
    with_front,
)
from latentbo.optimizer.trust_region_optimizer import TrustRegionOptimizer
from latentbo.proposals.candidates import Accepted

__all__ = [
    "FRONT",
    "PRESETS",
    "Accepted",
    "Ending",
    "OptimizationConfig",
    "Optimizer",
    "Parts",
    "ScalarisedOptimizer",
    "TrustRegionOptimizer",
    "front_settings",
    "make_optimizer",
    "optimize",
    "with_front",
]
