"""How far small changes of images move what an autoencoder makes of them."""

from latentbo.diagnostics.robustness.classifier import (
    CodeClassifierConfig,
    classification_accuracy,
    predicted_classes,
    train_code_classifier,
)
from latentbo.diagnostics.robustness.config import ATTACKS, GOALS, STRONGEST, RobustnessConfig
from latentbo.diagnostics.robustness.draws import DrawnImages, draw_images
from latentbo.diagnostics.robustness.measures import MEASURES, AttackMeasures, Robustness
from latentbo.diagnostics.robustness.measuring import measure_robustness

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
