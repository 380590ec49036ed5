"""Autoencoders of images."""

from latentbo.models.images.config import IMAGE_NETWORKS, ImageNetworkConfig
from latentbo.models.images.density import fit_density
from latentbo.models.images.network import ImageAutoencoder
from latentbo.models.images.trained import (
    TrainedImageModel,
    as_float,
    interpolate,
)

__all__ = [
    "IMAGE_NETWORKS",
    "ImageAutoencoder",
    "ImageNetworkConfig",
    "TrainedImageModel",
    "as_float",
    "fit_density",
    "interpolate",
]
