"""The discriminator: is an image real, and how many objects of each class does it show?

References:
    A. Saseendran, thesis, University of Siegen, 2023, section 3.3.1;
    M. Mirza and S. Osindero, "Conditional Generative Adversarial Nets", 2014 (CGAN);
    X. Chen et al., "InfoGAN", NeurIPS 2016; A. Odena et al., "Conditional Image Synthesis with
    Auxiliary Classifier GANs", ICML 2017 (ACGAN); M. Gong et al., "Twin Auxiliary Classifiers GAN",
    NeurIPS 2019 (TACGAN).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from latentbo.models.counting.config import CountGANConfig

__all__ = ["HalvingConvolutions", "Judgement", "SimpleDiscriminator", "drop_channels"]

SLOPE = 0.2
KERNEL, NUM_LAYERS = 5, 4
# Methods whose count head gives a probability of each count instead of a number.
CLASSIFYING = ("infogan", "acgan", "tacgan")


@dataclass(frozen=True)
class Judgement:
    """What a discriminator says of n images.

    Args:
        realness: Logits that the images are real, `n`.
        counts: The count head's output: numbers, `n x k`, of a regression; logits of the counts 0
            to the largest, `n x k x (max + 1)`, of a classification; None without such a head.
        twin: Logits of TACGAN's second classifier, shaped as those of the first.
        embedded: What ContraGAN's head sees in the images, `n x e`, rows of norm 1.
        wanted: The vectors of the counts that it is shown, `n x e`, rows of norm 1.
    """

    realness: Tensor
    counts: Tensor | None = None
    twin: Tensor | None = None
    embedded: Tensor | None = None
    wanted: Tensor | None = None

    def told_counts(self) -> Tensor | None:
        """Return the counts that the head tells, whole numbers of at least 0, `n x k`, int64."""
        if self.counts is None:
            return None
        if self.counts.ndim == 3:
            return self.counts.argmax(2)
        return self.counts.round().clamp_min(0).long()


def drop_channels(maps: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """Set whole channels of `n x c x h x w` maps to 0, and scale the others up.

    As torch's Dropout2d, whose random numbers cannot be taken from a generator.
    """
    shape = (*maps.shape[:2], 1, 1)
    kept = torch.rand(shape, generator=generator, device=maps.device) >= share
    return maps * (kept.to(maps.dtype) / (1 - share))


class HalvingConvolutions(nn.Module):
    """Four strided convolutions with LeakyReLU, dropped channels and batch norm (not the first).

    Args:
        channels: Of the input.
        width: Channels of the first convolution, doubled by each of the next.
        size: Height and width of the input, a multiple of 16.
        dropout: Share of the channels that are dropped in training.
        epsilon: Of the batch norms.
    """

    def __init__(
        self, channels: int, width: int, size: int, dropout: float, epsilon: float
    ) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(NUM_LAYERS)]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, KERNEL, stride=2, padding=KERNEL // 2)
            for before, after in zip([channels, *widths], widths, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(after, epsilon) for after in widths[1:])
        self.dropout = dropout
        self.outputs = widths[-1] * (size // 2**NUM_LAYERS) ** 2

    def forward(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return the features, `n x outputs`; `generator` draws the dropped channels."""
        maps = images
        for level, convolution in enumerate(self.convolutions):
            maps = leaky_relu(convolution(maps), SLOPE, inplace=True)
            if self.training and self.dropout:
                maps = drop_channels(maps, self.dropout, generator)
            if level:
                maps = self.norms[level - 1](maps)
        return maps.flatten(1)


class SimpleDiscriminator(nn.Module):
    """Shared convolutions and, by the method, heads for realness, counts, and a twin of the latter.

    A classifier of counts has one softmax a class of objects, over the counts 0 to the largest: one
    over all combinations would grow as (max + 1)^k and could not name one that was left out.

    Args:
        config: Method and sizes.
    """

    def __init__(self, config: CountGANConfig) -> None:
        super().__init__()
        self.config = config
        shown = config.num_classes if config.method == "cgan" else 0
        self.trunk = HalvingConvolutions(
            config.channels + shown,
            config.discriminator_width,
            config.size,
            config.dropout,
            config.networks.epsilon,
        )
        self.realness = nn.Linear(self.trunk.outputs, 1)
        self.classifies = config.method in CLASSIFYING
        told = config.num_classes * (config.max_count + 1 if self.classifies else 1)
        self.counts = None if shown else nn.Linear(self.trunk.outputs, told)
        self.twin = nn.Linear(self.trunk.outputs, told) if config.method == "tacgan" else None

    def forward(
        self, images: Tensor, counts: Tensor, generator: torch.Generator | None = None
    ) -> Judgement:
        """Judge images.

        Args:
            images: An `n x c x h x w`-dim tensor in [-1, 1].
            counts: What CGAN is shown beside them, `n x k`; the others do not look at it.
            generator: Draws the dropped channels.
        """
        if self.config.method == "cgan":
            images = torch.cat([images, self._planes(counts, images)], 1)
        features = self.trunk(images, generator)
        realness = self.realness(features)[:, 0]
        return Judgement(
            realness, self._told(self.counts, features), self._told(self.twin, features)
        )

    def _planes(self, counts: Tensor, images: Tensor) -> Tensor:
        """Return maps of constant value, `n x k x h x w`: 1 is the largest count."""
        planes = counts.to(images.dtype)[:, :, None, None] / self.config.max_count
        return planes.expand(-1, -1, *images.shape[2:])

    def _told(self, head: nn.Linear | None, features: Tensor) -> Tensor | None:
        if head is None:
            return None
        output: Tensor = head(features)
        return output.unflatten(1, (self.config.num_classes, -1)) if self.classifies else output
