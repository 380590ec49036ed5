"""A small classifier, whose inner features serve to measure images of its training data set.

Networks trained on photographs extract little from small grey images; a classifier of the data set
itself is the usual substitute. Its distances are comparable only for the same weights, which are
therefore part of the name printed with each number.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.metrics.features import FeatureNetwork
from latentbo.images.metrics.weights import DAMAGES, check_finite, weights_digest

#: Name of this feature network.
CLASSIFIER = "classifier"
FORMAT = "image-classifier-1"


@dataclass(frozen=True)
class ClassifierConfig:
    """Sizes of the classifier.

    Args:
        channels: Of an image: 1 or 3.
        size: Height and width of an image in pixels; a multiple of 8.
        num_classes: Number of classes.
        width: Channels of the first convolution, doubled twice.
        num_features: Number of features before the last layer.

    Raises:
        ConfigurationError: If a size cannot be used.
    """

    channels: int = 1
    size: int = 32
    num_classes: int = 10
    width: int = 32
    num_features: int = 128

    def __post_init__(self) -> None:
        least = {"channels": 1, "size": 8, "num_classes": 2, "width": 1, "num_features": 1}
        for name, value in least.items():
            if getattr(self, name) < value:
                raise ConfigurationError(
                    f"{name} of a classifier must be at least {value}, not {getattr(self, name)}"
                )
        if self.size % 8:
            raise ConfigurationError(
                f"a classifier's images must have a size that is a multiple of 8, not {self.size}"
            )


class ImageClassifier(nn.Module):
    """Four convolutions, three of which halve height and width; features; one linear layer.

    Args:
        config: Sizes.
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.config = config
        width, side = config.width, config.size // 8
        layers: list[nn.Module] = []
        before = config.channels
        for after, stride in ((width, 1), (width, 2), (2 * width, 2), (4 * width, 2)):
            convolution = nn.Conv2d(before, after, 3, stride, 1, bias=False)
            layers += [convolution, nn.BatchNorm2d(after), nn.ReLU()]
            before = after
        layers += [nn.Flatten(), nn.Linear(before * side**2, config.num_features), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.output = nn.Linear(config.num_features, config.num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits, `n x classes`, of `n x c x h x w` images in [0, 1]."""
        logits: Tensor = self.output(self.features(images))
        return logits


def save_classifier(network: ImageClassifier, path: Path, provenance: Mapping[str, Any]) -> None:
    """Write weights, sizes and provenance to one safetensors file.

    Args:
        network: The trained classifier.
        path: The file.
        provenance: Facts about its training: at least `dataset`, a name that is printed.
    """
    weights = {name: value.contiguous().cpu() for name, value in network.state_dict().items()}
    told = {"config": asdict(network.config), "provenance": {**provenance}}
    partial = path.with_suffix(".part")
    # One entry, because the order of several is random, and the file's hash is printed.
    partial.write_bytes(save(weights, {FORMAT: json.dumps(told)}))
    partial.replace(path)


def load_classifier(path: Path) -> tuple[ImageClassifier, dict[str, Any]]:
    """Read a classifier and its provenance.

    Raises:
        ConfigurationError: If the file is missing or holds anything else.
    """
    if not path.is_file():
        raise ConfigurationError(
            f"there is no classifier at {path}: train one with experiments/feature_classifier.py, "
            f"and give the path of the classifier.safetensors that it writes"
        )
    try:
        with safe_open(path, framework="pt") as file:
            told = json.loads((file.metadata() or {})[FORMAT])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        # Without memory for its weights: the sizes may be anything, those of the file are real.
        with torch.device("meta"):
            network = ImageClassifier(ClassifierConfig(**told["config"]))
        check_finite(weights)
        stored = {
            name: each.float() if each.is_floating_point() else each
            for name, each in weights.items()
        }
        network.load_state_dict(stored, assign=True)
        return network.eval(), dict(told["provenance"])
    except (SafetensorError, *DAMAGES, ArithmeticError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigurationError(
            f"{path} holds no classifier ({type(error).__name__}: {reason}): give a "
            f"classifier.safetensors that experiments/feature_classifier.py wrote"
        ) from None


def classifier(
    weights: Path | None = None, device: str = "cpu", batch_size: int = 100
) -> FeatureNetwork:
    """Return the features before the last layer of a trained classifier.

    Args:
        weights: The file that `save_classifier` wrote.
        device: Where to compute.
        batch_size: Images computed at once.

    Raises:
        ConfigurationError: If the file is missing or is not a classifier.
    """
    if weights is None:
        raise ConfigurationError(
            "the feature network classifier has no weights of its own: train one with "
            "experiments/feature_classifier.py and give its classifier.safetensors "
            "(--feature-weights)"
        )
    network, provenance = load_classifier(weights)
    data = provenance.get("dataset", "unknown data")
    name = f"{CLASSIFIER} of {data}, {weights_digest(weights)}"
    network = network.to(device)
    shape = (network.config.channels, network.config.size, network.config.size)

    def compute(images: Tensor) -> Tensor:
        if images.shape[1:] != shape:
            raise InputError(
                f"the {name} takes images of shape {shape}, not {tuple(images.shape[1:])}: train "
                f"one on the data set that is measured"
            )
        features: Tensor = network.features(images.to(torch.float32))
        return features

    number = network.config.num_features
    return FeatureNetwork(name, number, "none", compute, False, batch_size, device)
