"""Training of autoencoders: data, loss, loop, checkpoints, final measurement."""

from latentbo.training.config import TrainingConfig
from latentbo.training.loop import Callbacks, Loss, Progress, total_steps, train
from latentbo.training.loop_config import SCHEDULES, LoopConfig
from latentbo.training.loss import TrainingLoss
from latentbo.training.methods import METHODS, Method, Recipe, recipe
from latentbo.training.pair_config import PAIR_OBJECTIVES, PairConfig, SequencePairConfig
from latentbo.training.robust_loss import PairTrainingLoss, make_training_loss
from latentbo.training.schedules import learning_rate_at
from latentbo.training.selection import Selection, select
from latentbo.training.split import Split, split_rows

__all__ = [
    "METHODS",
    "PAIR_OBJECTIVES",
    "SCHEDULES",
    "Callbacks",
    "LoopConfig",
    "Loss",
    "Method",
    "PairConfig",
    "PairTrainingLoss",
    "Progress",
    "Recipe",
    "Selection",
    "SequencePairConfig",
    "Split",
    "TrainingConfig",
    "TrainingLoss",
    "learning_rate_at",
    "make_training_loss",
    "recipe",
    "select",
    "split_rows",
    "total_steps",
    "train",
]
