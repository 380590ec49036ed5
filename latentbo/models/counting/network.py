"""A generator, its running average, and its discriminator: all that a training has to keep."""

import copy

import torch
from torch import Tensor, nn

from latentbo.models.counting.config import CountGANConfig
from latentbo.models.counting.discriminator import SimpleDiscriminator
from latentbo.models.counting.generator import make_generator

__all__ = ["CountGAN", "average_into"]


class CountGAN(nn.Module):
    """The networks of a count-conditioned GAN.

    `average` is a generator whose weights follow those of `generator` slowly: it gives the better
    images, and takes no part in the training.

    Args:
        config: Method and sizes.
    """

    num_averaged: Tensor

    def __init__(self, config: CountGANConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = make_generator(config)
        self.discriminator = SimpleDiscriminator(config)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        # The channels of a pixel side by side in memory: steps on a processor are a third faster.
        self.to(memory_format=torch.channels_last)
        self.register_buffer("num_averaged", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def update_average(self, decay: float) -> None:
        """Move the average towards the generator.

        Step t keeps the share min(decay, t / (t + 9)), t from 0, so that the random first weights
        are forgotten at once.
        """
        step = int(self.num_averaged)
        average_into(self.average, self.generator, min(decay, step / (step + 9)))
        self.num_averaged += 1


@torch.no_grad()
def average_into(average: nn.Module, network: nn.Module, kept: float) -> None:
    """Set each value of `average` to kept * it + (1 - kept) * that of `network`.

    Statistics of batch norms are averaged as the weights are; counters are copied.
    """
    for own, other in zip(
        average.state_dict().values(), network.state_dict().values(), strict=True
    ):
        if own.is_floating_point():
            own.lerp_(other, 1 - kept)
        else:
            own.copy_(other)
