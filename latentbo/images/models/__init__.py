"""Autoencoders of images."""

from latentbo.images.models.config import IMAGE_NETWORKS, ImageNetworkConfig
from latentbo.images.models.density import fit_density
from latentbo.images.models.evaluated import EvaluatedAutoencoder
from latentbo.images.models.network import ImageAutoencoder
from latentbo.images.models.trained import (
    TrainedImageModel,
    as_float,
    in_batches,
    interpolate,
)

__all__ = [
    "IMAGE_NETWORKS",
    "EvaluatedAutoencoder",
    "ImageAutoencoder",
    "ImageNetworkConfig",
    "TrainedImageModel",
    "as_float",
    "fit_density",
    "in_batches",
    "interpolate",
]
