"""The feature networks by name."""

from collections.abc import Callable
from pathlib import Path

from torch import Tensor, nn

from latentbo.errors import ConfigurationError
from latentbo.images.metrics.classifier import CLASSIFIER, classifier
from latentbo.images.metrics.efficientnet import efficientnet_lite0
from latentbo.images.metrics.features import INCEPTION, FeatureNetwork
from latentbo.images.metrics.inception import inception

#: Feature networks by name; each takes weights, device and batch_size.
FEATURE_NETWORKS: dict[str, Callable[[Path | None, str, int], FeatureNetwork]] = {
    INCEPTION: inception,
    "efficientnet-lite0": efficientnet_lite0,
    CLASSIFIER: classifier,
}


def feature_network(
    name: str, weights: Path | None = None, device: str = "cpu", batch_size: int = 100
) -> FeatureNetwork:
    """Return a feature network by name.

    Args:
        name: One of `FEATURE_NETWORKS`.
        weights: File of its weights (default: shipped or downloaded weights).
        device: Where to compute.
        batch_size: Images computed at once.

    Raises:
        ConfigurationError: If the name is unknown, or the network's package or weights are missing
            or cannot be used.
    """
    if name not in FEATURE_NETWORKS:
        raise ConfigurationError(
            f"there is no feature network {name!r}; choose {' or '.join(FEATURE_NETWORKS)}, or "
            "wrap a trained classifier with classifier_network()"
        )
    return FEATURE_NETWORKS[name](weights, device, batch_size)


def classifier_network(
    module: nn.Module,
    num_features: int,
    name: str = "classifier",
    resize: str = "none",
    device: str = "cpu",
    batch_size: int = 100,
) -> FeatureNetwork:
    """Return a feature network of a trained module that maps images to features.

    The module is moved to the device and set to evaluation mode. Its input images are unchanged:
    grey images stay grey, and the module must resize them itself if needed.

    Args:
        module: Maps `n x c x h x w` images in [0, 1] to `n x d` features.
        num_features: Its number d of features.
        name: Printed with each number; should name the training data.
        resize: How the module resizes its images, in words.
        device: Where to compute.
        batch_size: Images computed at once.

    Raises:
        ConfigurationError: If the name is one of `FEATURE_NETWORKS`, or a number is below 1.
    """
    if name in FEATURE_NETWORKS:
        raise ConfigurationError(
            f"a classifier may not be called {name!r}, the name of another network; "
            "say what it was trained on"
        )
    module = module.to(device).eval()

    def compute(images: Tensor) -> Tensor:
        features: Tensor = module(images)
        return features

    return FeatureNetwork(name, num_features, resize, compute, False, batch_size, device)


def pixels_network(num_pixels: int) -> FeatureNetwork:
    """Return the flattened pixels as features: for tests, not for comparing generators.

    Args:
        num_pixels: Numbers in an image: channels x height x width.
    """
    return FeatureNetwork("pixels", num_pixels, "none", lambda images: images.flatten(1), False)
