"""The discriminator: residual blocks, and heads for realness and counts (figure 3.3).

References:
    A. Saseendran, thesis, University of Siegen, 2023, section 3.3.2;
    T. Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020;
    T. Miyato and M. Koyama, "cGANs with Projection Discriminator", ICLR 2018 (projection);
    M. Kang and J. Park, "ContraGAN", NeurIPS 2020 (contrastive).
"""

import itertools
import math

import torch
from torch import Tensor, nn

from latentbo.counting.models.discriminator import DiscriminatorOutput
from latentbo.counting.models.style.config import FIRST_SIDE, REGRESSING, StyleConfig
from latentbo.counting.models.style.heads import CountEmbedding, MappedCounts, unit
from latentbo.counting.models.style.layers import EqualizedConvolution, EqualizedLinear

# Images per standard deviation.
GROUP = 4
EPSILON = 1e-8


def batch_deviation(maps: Tensor) -> Tensor:
    """Return `n x 1 x h x w`: how much the maps differ within groups of images, on average.

    Image i is in a group with those n / 4, 2 n / 4, ... behind it; groups are smaller if n is no
    multiple of 4.

    Args:
        maps: An `n x c x h x w`-dim tensor.
    """
    n = len(maps)
    size = next(size for size in range(min(GROUP, n), 0, -1) if n % size == 0)
    groups = maps.float().unflatten(0, (size, n // size))
    deviations = (groups.var(0, unbiased=False) + EPSILON).sqrt().mean((1, 2, 3))
    each = deviations.repeat(size)[:, None, None, None]
    return each.expand(-1, 1, *maps.shape[2:]).to(maps.dtype)


class ResidualBlock(nn.Module):
    """Two convolutions, the second of which halves the side, beside a halved 1x1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        gain = math.sqrt(0.5)  # the sum of two is as large as one
        self.first = EqualizedConvolution(inputs, inputs, 3)
        self.second = EqualizedConvolution(inputs, outputs, 3, halves=True, gain=gain)
        self.skip = EqualizedConvolution(
            inputs, outputs, 1, activated=False, halves=True, gain=gain
        )

    def forward(self, maps: Tensor) -> Tensor:
        """Return `n x outputs x h/2 x w/2` maps of `n x inputs x h x w`."""
        total: Tensor = self.second(self.first(maps)) + self.skip(maps)
        return total


class Epilogue(nn.Module):
    """The last maps, 4 pixels wide, to features.

    Args:
        width: Channels of the maps, and number of the features.
        sees_batch: Whether to add a map of the deviation between the images of the batch.
    """

    def __init__(self, width: int, sees_batch: bool) -> None:
        super().__init__()
        self.sees_batch = sees_batch
        self.convolution = EqualizedConvolution(width + sees_batch, width, 3)
        self.linear = EqualizedLinear(width * FIRST_SIDE**2, width, activated=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Return `n x width` features of `n x width x 4 x 4` maps."""
        if self.sees_batch:
            maps = torch.cat([maps, batch_deviation(maps)], 1)
        features: Tensor = self.linear(self.convolution(maps).flatten(1))
        return features


class StyleDiscriminator(nn.Module):
    """Residual blocks and, by the method, heads for realness and counts.

    The count head reads the maps before they are compared with the batch's others: what it tells of
    an image depends on that image alone.

    Args:
        config: Method and sizes.
    """

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        width, k = config.width_at(FIRST_SIDE), config.num_classes
        self.trunk = _trunk(config)
        self.ending = Epilogue(width, sees_batch=True)
        counts = config.method in REGRESSING
        self.count_trunk = _trunk(config) if counts and config.trunk == "separate" else None
        self.count_ending = Epilogue(width, sees_batch=False) if counts else nn.Identity()
        self.counts = EqualizedLinear(width, k) if counts else nn.Identity()
        mapped = config.method in ("plain", "mc2-conditional")
        # Conditional StyleGAN2 knows no realness but that of the image with these counts.
        self.realness = nn.Identity() if mapped else EqualizedLinear(width, 1)
        self.mapped = MappedCounts(width, k, config.max_count) if mapped else None
        embeds = config.method in ("projection", "contrastive")
        self.embedding = CountEmbedding(width, k, config.max_count) if embeds else None
        contrasts = config.method == "contrastive"
        self.contrast = EqualizedLinear(width, width) if contrasts else None

    def forward(
        self, images: Tensor, counts: Tensor, generator: torch.Generator | None = None
    ) -> DiscriminatorOutput:
        """Judge images.

        Args:
            images: An `n x c x h x w`-dim tensor, about in [-1, 1].
            counts: Requested counts, `n x k`, an input of other methods, not of `mc2`.
            generator: Not used: nothing here is random.
        """
        maps = self.trunk(images)
        features = self.ending(maps)
        told = self._told(images, maps) if self.config.method in REGRESSING else None
        if self.mapped is not None:
            return DiscriminatorOutput(self.mapped(features, counts), told)
        realness = self.realness(features)[:, 0].float()
        if self.embedding is None:
            return DiscriminatorOutput(realness, told)
        vectors = self.embedding(counts)
        if self.contrast is None:
            return DiscriminatorOutput(realness + (features.float() * vectors).mean(1))
        shown = unit(self.contrast(features).float())
        return DiscriminatorOutput(realness, embedded=shown, wanted=unit(vectors))

    def _told(self, images: Tensor, maps: Tensor) -> Tensor:
        """Return the regressed counts, `n x k`, of images and the trunk's maps of them."""
        read = maps if self.count_trunk is None else self.count_trunk(images)
        # The layers start with outputs about 0: scaled to the middle of the counts.
        told: Tensor = self.counts(self.count_ending(read)).float()
        return (told + 1) * (self.config.max_count / 2)


def _trunk(config: StyleConfig) -> nn.Sequential:
    """Return the layers from an image to maps of 4 pixels."""
    widths = [config.width_at(side) for side in reversed(config.sides)]
    layers: list[nn.Module] = [EqualizedConvolution(config.channels, widths[0], 1)]
    layers += [ResidualBlock(*pair) for pair in itertools.pairwise(widths)]
    return nn.Sequential(*layers)
