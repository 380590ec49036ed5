"""Training of image autoencoders, with the same loop as for sequences."""

from latentbo.images.training.classifier import (
    ClassifierTraining,
    predict,
    train_classifier,
)
from latentbo.images.training.config import ImageTrainingConfig
from latentbo.images.training.grids import (
    grid_png,
    interpolation_grid,
    reconstruction_grid,
    sample_grid,
)
from latentbo.images.training.loss import ImageLoss, jacobian_norm
from latentbo.images.training.methods import (
    IMAGE_METHODS,
    ROBUST_METHODS,
    ImageMethod,
    image_method,
)
from latentbo.images.training.robust import make_image_loss
from latentbo.images.training.robust_config import (
    LATENT_NOISE,
    ROBUST_OBJECTIVES,
    RobustConfig,
)
from latentbo.images.training.run import ImageRun, write_pictures
from latentbo.images.training.two_stage import (
    SecondStage,
    SecondStageConfig,
    train_second_stage,
)

__all__ = [
    "IMAGE_METHODS",
    "LATENT_NOISE",
    "ROBUST_METHODS",
    "ROBUST_OBJECTIVES",
    "ClassifierTraining",
    "ImageLoss",
    "ImageMethod",
    "ImageRun",
    "ImageTrainingConfig",
    "RobustConfig",
    "SecondStage",
    "SecondStageConfig",
    "grid_png",
    "image_method",
    "interpolation_grid",
    "jacobian_norm",
    "make_image_loss",
    "predict",
    "reconstruction_grid",
    "sample_grid",
    "train_classifier",
    "train_second_stage",
    "write_pictures",
]
