"""Images by name: MNIST, Fashion-MNIST, SVHN, CelebA, a folder of pictures."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from latentbo.images.data.registry import IMAGE_DATASETS, ImageDataset

if TYPE_CHECKING:
    from latentbo.images.data.load import ImageData, load_images

__all__ = ["IMAGE_DATASETS", "ImageData", "ImageDataset", "load_images"]


def __getattr__(name: str) -> Any:
    """Import torch only when images are loaded; the registry alone is for help texts."""
    if name in ("ImageData", "load_images"):
        return getattr(import_module("latentbo.images.data.load"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
