"""Training of count-conditioned StyleGAN2s."""

from latentbo.training.counting.style.augmentation import AUGMENTATIONS, augment
from latentbo.training.counting.style.config import StyleTrainingConfig
from latentbo.training.counting.style.contrastive import contrastive_loss
from latentbo.training.counting.style.loss import StyleLoss
from latentbo.training.counting.style.penalties import path_lengths, r1_penalty

__all__ = [
    "AUGMENTATIONS",
    "StyleLoss",
    "StyleTrainingConfig",
    "augment",
    "contrastive_loss",
    "path_lengths",
    "r1_penalty",
]
