"""All networks of a count-conditioned StyleGAN2, and the numbers that its training has to keep."""

import copy

import torch
from torch import Tensor

from latentbo.counting.models.network import CountNetworks
from latentbo.counting.models.style.config import StyleConfig
from latentbo.counting.models.style.discriminator import StyleDiscriminator
from latentbo.counting.models.style.generator import StyleGenerator

# Noises over which the mean style of given counts is taken.
NUM_CENTRED = 256
# Where more images are augmented, generated ones begin to look augmented, too.
MOST_AUGMENTED = 0.8
# Share of the mean length of paths that is new.
LENGTH_SHARE = 0.01


class StyleGAN(CountNetworks):
    """Generator, its running average, and discriminator; channels_last in memory.

    Buffers hold what else a training has to keep to go on exactly: `augment_probability`,
    `signs` (sum and number of the signs of real images' logits since the last adaption),
    `path_length` (running mean), and, to be reported until the next, the last `path_penalty` and
    `r1_penalty`.

    Args:
        config: Method and sizes.
    """

    config: StyleConfig
    generator: StyleGenerator
    discriminator: StyleDiscriminator
    average: StyleGenerator
    augment_probability: Tensor
    signs: Tensor
    path_length: Tensor
    path_penalty: Tensor
    r1_penalty: Tensor

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = StyleGenerator(config)
        self.discriminator = StyleDiscriminator(config)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.to(memory_format=torch.channels_last)
        self.register_buffer("signs", torch.zeros(2))
        for name in ("augment_probability", "path_length", "path_penalty", "r1_penalty"):
            self.register_buffer(name, torch.zeros(()))

    @property
    def known_counts(self) -> int | None:
        """Largest count that the discriminator has a vector for; None: it takes all."""
        return None if self.discriminator.embedding is None else self.config.max_count

    def generate(
        self,
        noise: Tensor,
        counts: Tensor,
        generator: torch.Generator | None = None,
        truncation: float = 1.0,
    ) -> Tensor:
        """Return images by the averaged generator.

        Truncation moves styles towards their mean, which makes images more typical and more alike.
        It is the mean of the same counts: that of all, such as a running mean of training, would
        draw the counts, too.

        Args:
            noise: An `n x d`-dim tensor.
            counts: An `n x k`-dim tensor.
            generator: Draws the noise of the layers.
            truncation: Share of the distance from the mean that is kept; 1: no truncation.
        """
        styles = self.average.mapping(noise, counts)
        if truncation != 1:
            styles = self.centres(counts).lerp(styles, truncation)
        return self.average.synthesize(styles, generator)

    def centres(self, counts: Tensor) -> Tensor:
        """Return the mean style of each row of counts, `n x d`, always over the same noise."""
        rows, places = torch.unique(counts, dim=0, return_inverse=True)
        shape = (NUM_CENTRED, self.config.noise_dimensions)
        noise = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(counts.device)
        means = [self.average.mapping(noise, row.expand(len(noise), -1)).mean(0) for row in rows]
        return torch.stack(means)[places]

    @torch.no_grad()
    def note_signs(self, realness: Tensor) -> None:
        """Add the signs of real images' logits (`n`) to those since the last adaption."""
        signs = realness.detach().float().sign()
        self.signs += torch.stack([signs.sum(), torch.ones_like(signs).sum()])

    @torch.no_grad()
    def adapt(self, target: float, images_to_one: int) -> None:
        """Move the probability of augmentations by the discriminator's overfitting.

        A discriminator that tells its training images apart from all others calls most of them
        real: where the mean sign exceeds the target, the probability grows, else it falls.

        Args:
            target: Of the mean sign.
            images_to_one: Real images over which the probability can go from 0 to 1.
        """
        total, number = self.signs
        step = (total / number.clamp_min(1) - target).sign() * number / images_to_one
        self.augment_probability += step
        self.augment_probability.clamp_(0, MOST_AUGMENTED)
        self.signs.zero_()

    @torch.no_grad()
    def note_lengths(self, lengths: Tensor) -> None:
        """Let the mean length of paths follow those of a batch; the first are the first mean.

        From 0 on, as published, it would take hundreds of penalties to come up, which would hold
        the images' dependence on their styles down for all of a short training.
        """
        now = lengths.detach().float().mean()
        share = torch.where(self.path_length == 0, 1.0, LENGTH_SHARE)
        self.path_length.lerp_(now, share)
