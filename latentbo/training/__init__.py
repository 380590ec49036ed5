"""Fitting autoencoders: data, loss, loop, checkpoints, final measurement."""

from latentbo.training.config import TrainingConfig
from latentbo.training.loop import Hooks, Objective, Progress, total_steps, train
from latentbo.training.loop_config import SCHEDULES, LoopConfig
from latentbo.training.methods import METHODS, Method, Recipe, recipe
from latentbo.training.objective import TrainingObjective
from latentbo.training.pair_config import PAIR_OBJECTIVES, PairConfig, SequencePairConfig
from latentbo.training.robust_objective import PairTrainingObjective, make_training_objective
from latentbo.training.schedules import learning_rate_at
from latentbo.training.selection import Selection, select
from latentbo.training.split import Split, split_rows

__all__ = [
    "METHODS",
    "PAIR_OBJECTIVES",
    "SCHEDULES",
    "Hooks",
    "LoopConfig",
    "Method",
    "Objective",
    "PairConfig",
    "PairTrainingObjective",
    "Progress",
    "Recipe",
    "Selection",
    "SequencePairConfig",
    "Split",
    "TrainingConfig",
    "TrainingObjective",
    "learning_rate_at",
    "make_training_objective",
    "recipe",
    "select",
    "split_rows",
    "total_steps",
    "train",
]
