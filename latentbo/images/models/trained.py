"""A trained image autoencoder: encoding, decoding, samples, interpolations."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.images.models.config import ImageNetworkConfig
from latentbo.images.models.network import ImageAutoencoder
from latentbo.models.files import prior_from_json, prior_to_json
from latentbo.models.trained_network import TrainedNetwork
from latentbo.priors import GaussianMixturePrior

# Images computed at a time: bounds the memory.
IMAGES_AT_ONCE = 500


class TrainedImageModel(TrainedNetwork):
    """A trained autoencoder of images: encodes images to codes and decodes codes to images.

    Args:
        network: The autoencoder.
        prior: The prior of its training.
        provenance: Facts about its training; stored in `config.json`.

    Raises:
        InputError: If network and prior differ in their dimensions.
    """

    formats = ("images-1",)
    noun = "an image model"
    writer = "an image experiment"

    network: ImageAutoencoder

    def __init__(
        self,
        network: ImageAutoencoder,
        prior: GaussianMixturePrior,
        provenance: dict[str, Any] | None = None,
    ) -> None:
        if network.config.num_dimensions != prior.num_dimensions:
            raise InputError(
                f"the network has codes of {network.config.num_dimensions} dimensions, the prior "
                f"{prior.num_dimensions}: give both the same"
            )
        super().__init__(network, provenance)
        self.prior = prior

    def to_config(self) -> dict[str, Any]:
        """Return the content of `config.json`, without the format."""
        return {
            "network": asdict(self.network.config),
            "prior": prior_to_json(self.prior),
            "provenance": self.provenance,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], directory: Path) -> Self:
        """Return a model with new weights."""
        network = ImageAutoencoder(ImageNetworkConfig(**config["network"]))
        return cls(network, prior_from_json(config["prior"]), config["provenance"])

    @torch.no_grad()
    def encode(self, images: Tensor) -> Tensor:
        """Return the `n x d` codes of `n x c x h x w` images, on the CPU.

        Args:
            images: uint8, or floating point in [0, 1].

        Raises:
            InputError: If the images have another shape than the model's.
        """
        shape = self.network.config.shape
        if images.shape[1:] != shape:
            raise InputError(
                f"the model takes images of shape {shape}, not {tuple(images.shape[1:])}: load "
                f"them with its size"
            )

        def means(part: Tensor) -> Tensor:
            return self.network.encode(as_float(part.to(self.device))).mean

        return in_batches(means, images, (self.prior.num_dimensions,))

    @torch.no_grad()
    def decode(self, codes: Tensor) -> Tensor:
        """Return the images of `n x d` codes: `n x c x h x w` in [0, 1], on the CPU."""
        shape = self.network.config.shape
        return in_batches(lambda part: self.network.decoder(part.to(self.device)), codes, shape)

    def reconstruct(self, images: Tensor) -> Tensor:
        """Return the decoded codes of images; shapes as for `encode` and `decode`."""
        return self.decode(self.encode(images))

    def sample(
        self, n: int, generator: torch.Generator | None = None, component: int | None = None
    ) -> Tensor:
        """Decode draws of the prior, or of one of its components: `n x c x h x w` in [0, 1].

        Raises:
            InputError: If the prior has no such component.
        """
        if component is None:
            return self.decode(self.prior.sample(n, generator))
        if not 0 <= component < self.prior.num_components:
            raise InputError(
                f"the prior has components 0 to {self.prior.num_components - 1}, not {component}"
            )
        return self.decode(_component(self.prior, component).sample(n, generator))


def interpolate(first: Tensor, second: Tensor, shares: Tensor, spherical: bool = False) -> Tensor:
    """Return the codes between two others.

    Args:
        first: An `n x d`-dim tensor: share 0.
        second: An `n x d`-dim tensor: share 1.
        shares: An `m`-dim tensor in [0, 1].
        spherical: Along the great circle instead of the straight line, the length changing evenly
            (Shoemake, 1985); codes that point the same, or the opposite, way are joined straight.

    Returns:
        An `n x m x d`-dim tensor.
    """
    weights = shares[None, :, None].to(first)
    start, end = first[:, None], second[:, None]
    straight = start + weights * (end - start)
    if not spherical:
        return straight
    lengths = [codes.norm(dim=2, keepdim=True) for codes in (start, end)]
    one, other = (
        codes / length.clamp_min(1e-12) for codes, length in zip((start, end), lengths, strict=True)
    )
    angle = (one * other).sum(2, keepdim=True).clamp(-1, 1).acos()
    sine = angle.sin()
    turned = (((1 - weights) * angle).sin() * one + (weights * angle).sin() * other) / sine
    length = lengths[0] + weights * (lengths[1] - lengths[0])
    # In single precision an angle below 5e-4 is rounding.
    return torch.where(sine > 2e-3, length * turned, straight)


def in_batches(network: Callable[[Tensor], Tensor], rows: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return the outputs of a network for many rows, float32 on the CPU.

    Args:
        network: From `m x …` rows to `m x *shape` outputs.
        rows: An `n x …`-dim tensor; n may be 0.
        shape: Of one output.

    Returns:
        An `n x *shape`-dim tensor.
    """
    parts = [network(part).float().cpu() for part in rows.split(IMAGES_AT_ONCE)]
    return torch.cat(parts) if parts else torch.empty(0, *shape)


def as_float(images: Tensor) -> Tensor:
    """Return images in [0, 1]; whole numbers are of 0 to 255."""
    return images if images.is_floating_point() else images.float() / 255


def _component(prior: GaussianMixturePrior, number: int) -> GaussianMixturePrior:
    one = slice(number, number + 1)
    weight = torch.ones_like(prior.weights[one])
    return GaussianMixturePrior(weight, prior.means[one], prior.covariances[one])
