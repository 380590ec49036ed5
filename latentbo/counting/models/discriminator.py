"""The discriminator: is an image real, and how many objects of each class does it show?

References:
    A. Saseendran, thesis, University of Siegen, 2023, section 3.3.1;
    M. Mirza and S. Osindero, "Conditional Generative Adversarial Nets", 2014 (CGAN);
    X. Chen et al., "InfoGAN", NeurIPS 2016; A. Odena et al., "Conditional Image Synthesis with
    Auxiliary Classifier GANs", ICML 2017 (ACGAN); M. Gong et al., "Twin Auxiliary Classifiers GAN",
    NeurIPS 2019 (TACGAN).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from latentbo.counting.models.config import CountGANConfig

SLOPE = 0.2
KERNEL, NUM_LAYERS = 5, 4
# Methods whose count head gives a probability of each count instead of a number.
CLASSIFYING = ("infogan", "acgan", "tacgan")
# Detectors of a class in an image, at least: the most objects that a sum of them can tell.
NUM_DETECTORS = 16


@dataclass(frozen=True)
class DiscriminatorOutput:
    """Output of a discriminator for n images.

    Args:
        realness: Logits that the images are real, `n`.
        counts: The count head's output: numbers, `n x k`, of a regression; logits of the counts 0
            to the largest, `n x k x (max + 1)`, of a classification; None without such a head.
        twin: Logits of TACGAN's second classifier, shaped as those of the first.
        embedded: Embeddings of the images by ContraGAN's head, `n x e`, rows of norm 1.
        wanted: Embeddings of the requested counts, `n x e`, rows of norm 1.
    """

    realness: Tensor
    counts: Tensor | None = None
    twin: Tensor | None = None
    embedded: Tensor | None = None
    wanted: Tensor | None = None

    def predicted_counts(self) -> Tensor | None:
        """Return the predicted counts, whole numbers of at least 0, `n x k`, int64."""
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
        """Return the features, `n x outputs`; `generator` is the source of dropped channels."""
        maps = images
        for level, convolution in enumerate(self.convolutions):
            maps = leaky_relu(convolution(maps), SLOPE, inplace=True)
            if self.training and self.dropout:
                maps = drop_channels(maps, self.dropout, generator)
            if level:
                maps = self.norms[level - 1](maps)
        return maps.flatten(1)


class DetectionHead(nn.Module):
    """Regresses counts as sums of detectors, each of which says yes (1) or no (0) to one object.

    A linear layer has to give exactly 0, 1 or 2, whatever an object looks like and whichever
    channels were dropped. Detectors saturate: an object that is seen clearly counts 1, and its
    error no longer moves the image. All places of the last maps have the same detectors.

    Args:
        channels: Of the last maps.
        num_places: Height times width of the last maps.
        num_classes: Number k of classes of objects.
    """

    def __init__(self, channels: int, num_places: int, num_classes: int) -> None:
        super().__init__()
        self.num_places, self.num_classes = num_places, num_classes
        each = max(1, -(-NUM_DETECTORS // num_places))
        self.detectors = nn.Linear(channels, num_classes * each)
        # Initially the prediction is one object of each class.
        nn.init.constant_(self.detectors.bias, -math.log(max(1, num_places * each - 1)))

    def forward(self, features: Tensor) -> Tensor:
        """Return counts, `n x k`, of `n x (channels * places)` features, channels first."""
        places = features.unflatten(1, (-1, self.num_places)).transpose(1, 2)
        # In full precision, to distinguish halves of small counts.
        said = self.detectors(places).float().sigmoid()
        return said.unflatten(2, (self.num_classes, -1)).sum((1, 3))


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
        self.counts = None if shown else self._count_head(told)
        self.twin = nn.Linear(self.trunk.outputs, told) if config.method == "tacgan" else None

    def forward(
        self, images: Tensor, counts: Tensor, generator: torch.Generator | None = None
    ) -> DiscriminatorOutput:
        """Judge images.

        Args:
            images: An `n x c x h x w`-dim tensor in [-1, 1].
            counts: Requested counts, an input of CGAN only, `n x k`.
            generator: Draws the dropped channels.
        """
        if self.config.method == "cgan":
            images = torch.cat([images, self._planes(counts, images)], 1)
        features = self.trunk(images, generator)
        realness = self.realness(features)[:, 0]
        return DiscriminatorOutput(
            realness, self._told(self.counts, features), self._told(self.twin, features)
        )

    def _count_head(self, outputs: int) -> nn.Module:
        if self.classifies or self.config.count_head == "linear":
            return nn.Linear(self.trunk.outputs, outputs)
        places = (self.config.size // 2**NUM_LAYERS) ** 2
        return DetectionHead(self.trunk.outputs // places, places, outputs)

    def _planes(self, counts: Tensor, images: Tensor) -> Tensor:
        """Return maps of constant value, `n x k x h x w`: 1 is the largest count."""
        planes = counts.to(images.dtype)[:, :, None, None] / self.config.max_count
        return planes.expand(-1, -1, *images.shape[2:])

    def _told(self, head: nn.Module | None, features: Tensor) -> Tensor | None:
        if head is None:
            return None
        output: Tensor = head(features)
        return output.unflatten(1, (self.config.num_classes, -1)) if self.classifies else output
