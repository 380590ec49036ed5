"""The ask-tell loop, and the strategies that it asks."""

from latentbo.optimizer.config import PRESETS, OptimizationConfig
from latentbo.optimizer.loop import Optimizer, optimize
from latentbo.optimizer.optimizer import LatentOptimizer
from latentbo.optimizer.presets import Parts, make_optimizer
from latentbo.proposals.candidates import Accepted

__all__ = [
    "PRESETS",
    "Accepted",
    "LatentOptimizer",
    "OptimizationConfig",
    "Optimizer",
    "Parts",
    "make_optimizer",
    "optimize",
]
