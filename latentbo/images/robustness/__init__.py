"""Robustness: effect of small changes of images on an autoencoder's codes and reconstructions."""

from latentbo.images.robustness.classifier import (
    CodeClassifierConfig,
    classification_accuracy,
    predicted_classes,
    train_code_classifier,
)
from latentbo.images.robustness.config import ATTACKS, GOALS, STRONGEST, RobustnessConfig
from latentbo.images.robustness.draws import DrawnImages, draw_images
from latentbo.images.robustness.measures import MEASURES, AttackMeasures, Robustness
from latentbo.images.robustness.measuring import measure_robustness

__all__ = [
    "ATTACKS",
    "GOALS",
    "MEASURES",
    "STRONGEST",
    "AttackMeasures",
    "CodeClassifierConfig",
    "DrawnImages",
    "Robustness",
    "RobustnessConfig",
    "classification_accuracy",
    "draw_images",
    "measure_robustness",
    "predicted_classes",
    "train_code_classifier",
]
