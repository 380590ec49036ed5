"""Training of count-conditioned StyleGAN2s."""

from latentbo.counting.training.style.augmentation import AUGMENTATIONS, augment
from latentbo.counting.training.style.config import StyleTrainingConfig
from latentbo.counting.training.style.contrastive import contrastive_loss
from latentbo.counting.training.style.loss import StyleLoss
from latentbo.counting.training.style.penalties import path_lengths, r1_penalty

__all__ = [
    "AUGMENTATIONS",
    "StyleLoss",
    "StyleTrainingConfig",
    "augment",
    "contrastive_loss",
    "path_lengths",
    "r1_penalty",
]
