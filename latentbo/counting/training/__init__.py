"""Training of count-conditioned GANs and of networks that count."""

from latentbo.counting.training.config import CountTrainingConfig
from latentbo.counting.training.cost_estimate import CountEstimate, estimate
from latentbo.counting.training.counter import CounterTraining, train_counter
from latentbo.counting.training.gan_loss import CountLoss
from latentbo.counting.training.grids import count_grid, grid_counts
from latentbo.counting.training.losses import (
    COUNT_ERRORS,
    BothLosses,
    adversarial_loss,
    classified_error,
    count_error,
    discriminator_loss,
    generator_loss,
)
from latentbo.counting.training.run import CountRun, make_count_loss
from latentbo.counting.training.style import StyleLoss, StyleTrainingConfig

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
