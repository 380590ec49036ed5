"""A network that counts, trained on real images only: the independent judge of generated ones.

References:
    A. Saseendran, thesis, University of Siegen, 2023, section 3.4.7 and figure 3.9.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from latentbo.counting.models.discriminator import HalvingConvolutions
from latentbo.errors import ConfigurationError, InputError
from latentbo.images.models import as_float, in_batches
from latentbo.images.models.config import SquareImages
from latentbo.models.trained_network import TrainedNetwork

EPSILON = 1e-5


@dataclass(frozen=True)
class CounterConfig(SquareImages):
    """Sizes of a counter.

    Args:
        channels: Of an image: 1 or 3.
        size: Height and width of an image in pixels, a multiple of 16.
        num_classes: Number k of classes of objects.
        width: Channels of the first convolution, doubled thrice.
        dropout: Share of the channels that are dropped in training.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    channels: int = 1
    size: int = 32
    num_classes: int = 3
    width: int = 16
    dropout: float = 0.1

    def __post_init__(self) -> None:
        for name in ("channels", "size", "num_classes", "width"):
            if getattr(self, name) < 1:
                raise ConfigurationError(
                    f"{name} of a counter must be at least 1, not {getattr(self, name)}"
                )
        if self.size % 16:
            raise ConfigurationError(
                f"a counter's images need a size that is a multiple of 16, not {self.size}"
            )
        if not 0 <= self.dropout < 1:
            raise ConfigurationError(f"dropout of a counter must lie in [0, 1), not {self.dropout}")


class CounterNetwork(nn.Module):
    """Four strided convolutions, and a linear layer with one output per class (figure 3.9).

    Args:
        config: Sizes.
    """

    def __init__(self, config: CounterConfig) -> None:
        super().__init__()
        self.config = config
        sizes = (config.channels, config.width, config.size)
        self.features = HalvingConvolutions(*sizes, config.dropout, EPSILON)
        self.output = nn.Linear(self.features.outputs, config.num_classes)

    def forward(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return numbers, `n x k`, of `n x c x h x w` images in [0, 1].

        `generator` draws the dropped channels.
        """
        numbers: Tensor = self.output(self.features(2 * images - 1, generator))
        return numbers


class TrainedCounter(TrainedNetwork):
    """A trained counter: predicts whole counts of images.

    Args:
        network: The network.
        class_names: Names of the counted classes.
        provenance: Its training data and accuracy; stored in `config.json`.
    """

    formats = ("counter-1",)
    noun = "a counter"
    writer = "experiments/counting_gan.py counter"

    network: CounterNetwork

    def __init__(
        self,
        network: CounterNetwork,
        class_names: Sequence[str],
        provenance: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(network, provenance)
        self.class_names = tuple(class_names)

    def to_config(self) -> dict[str, Any]:
        """Return the content of `config.json`, without the format."""
        return {
            "network": asdict(self.network.config),
            "classes": list(self.class_names),
            "provenance": self.provenance,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], directory: Path) -> Self:
        """Return a counter with new weights."""
        network = CounterNetwork(CounterConfig(**config["network"]))
        return cls(network, tuple(config["classes"]), config["provenance"])

    @torch.no_grad()
    def numbers(self, images: Tensor) -> Tensor:
        """Return what the regression gives for images (uint8, or in [0, 1]), `n x k`, on the CPU.

        Raises:
            InputError: If the images have another shape than the counter's.
        """
        shape = self.network.config.shape
        if images.shape[1:] != shape:
            raise InputError(
                f"the counter takes images of shape {shape}, not {tuple(images.shape[1:])}: train "
                f"one on the data set that is measured"
            )

        def numbers(part: Tensor) -> Tensor:
            return self.network(as_float(part.to(self.device)))

        return in_batches(numbers, images, (self.network.config.num_classes,))

    def count(self, images: Tensor) -> Tensor:
        """Return the counts, whole and not negative, of `n x c x h x w` images: `n x k`, int64."""
        return self.numbers(images).round().clamp_min(0).long()
