"""All networks of a count-conditioned StyleGAN2, with the numbers of its training state."""

import copy

import torch
from torch import Tensor

from latentbo.counting.models.network import CountNetworks
from latentbo.counting.models.style.config import StyleConfig
from latentbo.counting.models.style.discriminator import StyleDiscriminator
from latentbo.counting.models.style.generator import StyleGenerator

# Noise vectors for the mean style of given counts.
NUM_CENTRED = 256
# With more augmentation, generated images begin to look augmented, too.
MOST_AUGMENTED = 0.8
# Weight of a new batch in the running mean of path lengths.
LENGTH_SHARE = 0.01


class StyleGAN(CountNetworks):
    """Generator, its running average, and discriminator; channels_last in memory.

    Buffers hold the rest of the training state, for an exact resume: `augment_probability`, `signs`
    (sum and number of the signs of real images' logits since the last adaptation), `path_length`
    (running mean), and, for reports, the last `path_penalty` and `r1_penalty`.

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
        """Largest count with an embedding in the discriminator; None: no limit."""
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
        The mean is that of the same counts: the mean over all counts would change the counts, too.

        Args:
            noise: An `n x d`-dim tensor.
            counts: An `n x k`-dim tensor.
            generator: Draws the noise of the layers.
            truncation: Kept share of the distance from the mean; 1: no truncation.
        """
        styles = self.average.mapping(noise, counts)
        if truncation != 1:
            styles = self.centres(counts).lerp(styles, truncation)
        return self.average.synthesize(styles, generator)

    def centres(self, counts: Tensor) -> Tensor:
        """Return the mean style of each row of counts, `n x d`, over fixed noise."""
        rows, places = torch.unique(counts, dim=0, return_inverse=True)
        shape = (NUM_CENTRED, self.config.noise_dimensions)
        noise = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(counts.device)
        means = [self.average.mapping(noise, row.expand(len(noise), -1)).mean(0) for row in rows]
        return torch.stack(means)[places]

    @torch.no_grad()
    def note_signs(self, realness: Tensor) -> None:
        """Add the signs of real images' logits (`n`) to those since the last adaptation."""
        signs = realness.detach().float().sign()
        self.signs += torch.stack([signs.sum(), torch.ones_like(signs).sum()])

    @torch.no_grad()
    def adapt(self, target: float, images_to_one: int) -> None:
        """Adapt the probability of augmentations to the discriminator's overfitting.

        An overfitted discriminator classifies most training images as real: if the mean sign
        exceeds the target, the probability grows, else it falls.

        Args:
            target: Target of the mean sign.
            images_to_one: Real images over which the probability can go from 0 to 1.
        """
        total, number = self.signs
        step = (total / number.clamp_min(1) - target).sign() * number / images_to_one
        self.augment_probability += step
        self.augment_probability.clamp_(0, MOST_AUGMENTED)
        self.signs.zero_()

    @torch.no_grad()
    def note_lengths(self, lengths: Tensor) -> None:
        """Update the running mean of path lengths; the first batch initialises it.

        Started at 0, as published, it would need hundreds of penalties to rise, which would
        suppress the images' dependence on their styles for all of a short training.
        """
        now = lengths.detach().float().mean()
        share = torch.where(self.path_length == 0, 1.0, LENGTH_SHARE)
        self.path_length.lerp_(now, share)
