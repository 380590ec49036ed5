"""Training of count-conditioned GANs and of networks that count."""

from latentbo.training.counting.config import CountTrainingConfig
from latentbo.training.counting.costs import CountEstimate, estimate
from latentbo.training.counting.counter import CounterTraining, train_counter
from latentbo.training.counting.gan_loss import CountLoss
from latentbo.training.counting.grids import count_grid, grid_counts
from latentbo.training.counting.losses import (
    COUNT_ERRORS,
    BothLosses,
    adversarial_loss,
    classified_error,
    count_error,
    discriminator_loss,
    generator_loss,
)
from latentbo.training.counting.run import CountRun, make_count_loss
from latentbo.training.counting.style import StyleLoss, StyleTrainingConfig

__all__ = [
    "COUNT_ERRORS",
    "BothLosses",
    "CountEstimate",
    "CountLoss",
    "CountRun",
    "CountTrainingConfig",
    "CounterTraining",
    "StyleLoss",
    "StyleTrainingConfig",
    "adversarial_loss",
    "classified_error",
    "count_error",
    "count_grid",
    "discriminator_loss",
    "estimate",
    "generator_loss",
    "grid_counts",
    "make_count_loss",
    "train_counter",
]
