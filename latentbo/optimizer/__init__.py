"""The ask-tell loop, the oracle ledger, and going on after a stop."""

from latentbo.optimizer.config import PRESETS, OptimizationConfig
from latentbo.optimizer.ledger import Ledger
from latentbo.optimizer.loop import Optimizer, optimize
from latentbo.optimizer.optimizer import LatentOptimizer
from latentbo.optimizer.presets import Parts, make_optimizer
from latentbo.optimizer.record import Evaluation, Proposal, Status, StepRecord, Suggestion
from latentbo.proposals.candidates import Accepted

__all__ = [
    "PRESETS",
    "Accepted",
    "Evaluation",
    "LatentOptimizer",
    "Ledger",
    "OptimizationConfig",
    "Optimizer",
    "Parts",
    "Proposal",
    "Status",
    "StepRecord",
    "Suggestion",
    "make_optimizer",
    "optimize",
]
