"""Training of image autoencoders, with the loop that sequences use."""

from latentbo.training.images.classifier import (
    ClassifierTraining,
    predict,
    train_classifier,
)
from latentbo.training.images.config import ImageTrainingConfig
from latentbo.training.images.grids import (
    grid_png,
    interpolation_grid,
    reconstruction_grid,
    sample_grid,
)
from latentbo.training.images.loss import ImageLoss, jacobian_norm
from latentbo.training.images.methods import (
    IMAGE_METHODS,
    ROBUST_METHODS,
    ImageMethod,
    image_method,
)
from latentbo.training.images.robust import make_image_loss
from latentbo.training.images.robust_config import (
    LATENT_NOISE,
    ROBUST_OBJECTIVES,
    RobustConfig,
)
from latentbo.training.images.run import ImageRun, write_pictures
from latentbo.training.images.two_stage import (
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
