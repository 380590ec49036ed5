"""A generator, its running average, and its discriminator: the networks of a training."""

import copy
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from latentbo.counting.models.config import CountGANConfig, CountSizes
from latentbo.counting.models.discriminator import SimpleDiscriminator
from latentbo.counting.models.generator import make_generator
from latentbo.errors import ConfigurationError


class CountNetworks(nn.Module, ABC):
    """Base of all count-conditioned GANs.

    `average` is a generator with the running mean of the weights of `generator`: it gives better
    images, and is not trained. `num_averaged` is the number of steps.
    """

    config: CountSizes
    generator: nn.Module
    discriminator: nn.Module
    average: nn.Module
    num_averaged: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("num_averaged", torch.zeros((), dtype=torch.int64))

    @property
    @abstractmethod
    def known_counts(self) -> int | None:
        """Largest count that the discriminator can represent; None: no limit."""

    @abstractmethod
    def generate(
        self,
        noise: Tensor,
        counts: Tensor,
        generator: torch.Generator | None = None,
        truncation: float = 1.0,
    ) -> Tensor:
        """Return images by the averaged generator, `n x c x h x w`, about in [-1, 1].

        Args:
            noise: An `n x d`-dim tensor.
            counts: An `n x k`-dim tensor; whole numbers or not.
            generator: Source of other randomness.
            truncation: Kept share of a style's distance from its mean; must be 1 if the generator
                has no styles.

        Raises:
            ConfigurationError: If the generator has no styles, and truncation is not 1.
        """

    @torch.no_grad()
    def update_average(self, decay: float) -> None:
        """Move the average towards the generator.

        Step t keeps the share min(decay, t / (t + 9)), t from 0, so that the random initial weights
        are forgotten quickly.
        """
        step = int(self.num_averaged)
        average_into(self.average, self.generator, min(decay, step / (step + 9)))
        self.num_averaged += 1


class CountGAN(CountNetworks):
    """The networks of MC²-SimpleGAN and of the compared methods.

    Args:
        config: Method and sizes.
    """

    config: CountGANConfig
    discriminator: SimpleDiscriminator

    def __init__(self, config: CountGANConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = make_generator(config)
        self.discriminator = SimpleDiscriminator(config)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        # channels_last in memory: steps on a CPU are a third faster.
        self.to(memory_format=torch.channels_last)

    @property
    def known_counts(self) -> int | None:
        """Largest count that the discriminator classifies; None: it does not classify."""
        return self.config.max_count if self.discriminator.classifies else None

    def generate(
        self,
        noise: Tensor,
        counts: Tensor,
        generator: torch.Generator | None = None,
        truncation: float = 1.0,
    ) -> Tensor:
        """Return images by the averaged generator; deterministic given the noise."""
        if truncation != 1:
            raise ConfigurationError(
                f"truncation {truncation:g} needs a generator with styles, and a SimpleGAN has "
                f"none: leave it out, or give a StyleGAN2"
            )
        images: Tensor = self.average(noise, counts)
        return images


@torch.no_grad()
def average_into(average: nn.Module, network: nn.Module, kept: float) -> None:
    """Set each value of `average` to kept * it + (1 - kept) * that of `network`.

    Statistics of batch norms are averaged like weights; counters are copied.
    """
    for own, other in zip(
        average.state_dict().values(), network.state_dict().values(), strict=True
    ):
        if own.is_floating_point():
            own.lerp_(other, 1 - kept)
        else:
            own.copy_(other)
