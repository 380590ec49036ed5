"""A trained count-conditioned GAN: generates images, and predicts counts."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from latentbo.counting.models.config import CountGANConfig, CountSizes
from latentbo.counting.models.discriminator import DiscriminatorOutput
from latentbo.counting.models.network import CountGAN, CountNetworks
from latentbo.counting.models.style import StyleConfig, StyleGAN
from latentbo.errors import InputError
from latentbo.images.models import as_float
from latentbo.models.files import prior_from_json, prior_to_json
from latentbo.models.trained_network import TrainedNetwork
from latentbo.priors import GaussianMixturePrior

# Formats of `config.json`.
SIMPLE_FORMAT, STYLE_FORMAT = "counting-1", "stylegan-1"
IMAGES_AT_ONCE = 250


class TrainedCountGAN(TrainedNetwork):
    """Generates images by the averaged generator, and predicts counts by the model's own head.

    Args:
        network: Generator, average and discriminator.
        prior: Of the noise.
        class_names: Names of the counted classes.
        provenance: Facts about its training; stored in `config.json`.

    Raises:
        InputError: If network, prior and names differ in their sizes.
    """

    formats = (SIMPLE_FORMAT, STYLE_FORMAT)
    noun = "a count-conditioned GAN"
    writer = "experiments/counting_gan.py train"

    network: CountNetworks

    def __init__(
        self,
        network: CountNetworks,
        prior: GaussianMixturePrior,
        class_names: Sequence[str],
        provenance: dict[str, Any] | None = None,
    ) -> None:
        config = network.config
        if config.noise_dimensions != prior.num_dimensions:
            raise InputError(
                f"the generator takes noise of {config.noise_dimensions} dimensions, the prior has "
                f"{prior.num_dimensions}: give both the same"
            )
        if len(class_names) != config.num_classes:
            raise InputError(
                f"the network counts {config.num_classes} classes, and {len(class_names)} names "
                f"are given: name each once"
            )
        super().__init__(network, provenance)
        self.prior = prior
        self.class_names = tuple(class_names)

    @property
    def config(self) -> CountSizes:
        """Method and sizes."""
        return self.network.config

    @property
    def format(self) -> str:
        """That of a SimpleGAN, or of a StyleGAN2."""
        return STYLE_FORMAT if isinstance(self.network, StyleGAN) else SIMPLE_FORMAT

    def to_config(self) -> dict[str, Any]:
        """Return the content of `config.json`, without the format."""
        return {
            "network": asdict(self.config),
            "classes": list(self.class_names),
            "prior": prior_to_json(self.prior),
            "provenance": self.provenance,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], directory: Path) -> Self:
        """Return a model with new weights."""
        sizes = config["network"]
        network: CountNetworks = (
            StyleGAN(StyleConfig(**sizes))
            if config["format"] == STYLE_FORMAT
            else CountGAN(CountGANConfig(**sizes))
        )
        prior = prior_from_json(config["prior"])
        return cls(network, prior, tuple(config["classes"]), config["provenance"])

    @torch.no_grad()
    def sample(
        self,
        counts: Tensor,
        generator: torch.Generator | None = None,
        truncation: float = 1.0,
    ) -> Tensor:
        """Draw an image for each vector of counts: `n x c x h x w` in [0, 1], on the CPU.

        Args:
            counts: An `n x k`-dim tensor, not negative; larger than any in training is allowed.
            generator: Source of the noise.
            truncation: Kept share of a style's distance from the mean of its counts.

        Raises:
            InputError: If the counts have another shape, or one is negative.
            ConfigurationError: If truncation is not 1, and the generator has no styles.
        """
        check_counts(counts, self.config.num_classes)
        if not len(counts):
            return torch.empty(0, *self.config.shape)
        self.network.eval()
        noise = self.prior.sample(len(counts), generator).to(torch.float32)
        parts = [
            self.network.generate(z.to(self.device), c.to(self.device), generator, truncation)
            for z, c in zip(noise.split(IMAGES_AT_ONCE), counts.split(IMAGES_AT_ONCE), strict=True)
        ]
        # A StyleGAN2's images are not bound to their range.
        return torch.cat([(part.float().cpu() + 1) / 2 for part in parts]).clamp_(0, 1)

    @torch.no_grad()
    def predicted_counts(self, images: Tensor) -> Tensor | None:
        """Return the counts that the discriminator predicts for images, `n x k`, on the CPU.

        None if the method has no such head.

        Args:
            images: `n x c x h x w`, uint8 or in [0, 1].
        """
        self.network.eval()
        parts = []
        for part in images.split(IMAGES_AT_ONCE):
            shown = 2 * as_float(part.to(self.device)) - 1
            unknown = shown.new_zeros(len(part), self.config.num_classes)
            output: DiscriminatorOutput = self.network.discriminator(shown, unknown)
            predicted = output.predicted_counts()
            if predicted is None:
                return None
            parts.append(predicted.cpu())
        return torch.cat(parts) if parts else torch.empty(0, self.config.num_classes).long()


def check_counts(counts: Tensor, num_classes: int) -> None:
    """Refuse counts that are not an `n x k`-dim tensor.

    Raises:
        InputError: If the shape differs, or a count is negative.
    """
    if counts.ndim != 2 or counts.shape[1] != num_classes:
        raise InputError(
            f"counts have shape {tuple(counts.shape)}; give n x {num_classes}: a number for each "
            f"class"
        )
    if counts.numel() and not bool((counts >= 0).all()):
        raise InputError(f"counts must not be negative, and the least is {float(counts.min()):g}")
