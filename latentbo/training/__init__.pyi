from .config import TrainingConfig
from .loop import Callbacks, Loss, Progress, total_steps, train
from .loop_config import SCHEDULES, LoopConfig
from .loss import TrainingLoss
from .methods import METHODS, Method, Recipe, recipe
from .pair_config import PAIR_OBJECTIVES, PairConfig, SequencePairConfig
from .robust_loss import PairTrainingLoss, make_training_loss
from .schedules import learning_rate_at
from .selection import Selection, select
from .split import Split, split_rows

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
