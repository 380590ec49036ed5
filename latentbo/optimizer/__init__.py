"""The ask-tell loop, the oracle ledger, and going on after a stop."""

from latentbo.optimizer.candidates import Accepted
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.ledger import Ledger
from latentbo.optimizer.loop import Optimizer, optimize
from latentbo.optimizer.optimizer import LatentOptimizer, Suggestion
from latentbo.optimizer.record import Evaluation, Proposal, Status, StepRecord

__all__ = [
    "Accepted",
    "Evaluation",
    "LatentOptimizer",
    "Ledger",
    "OptimizationConfig",
    "Optimizer",
    "Proposal",
    "Status",
    "StepRecord",
    "Suggestion",
    "optimize",
]
