"""The two losses of a count-conditioned GAN: its generator's and its discriminator's."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from latentbo.counting.models import CounterConfig, CountNetworks, CountSizes, DiscriminatorOutput
from latentbo.counting.training.config import CountTrainingConfig
from latentbo.counting.training.losses import BothLosses, discriminator_loss, generator_loss
from latentbo.errors import InputError
from latentbo.images.models import as_float
from latentbo.priors import GaussianMixturePrior
from latentbo.training.loop import Loss, LossAndParts, with_parts

GENERATOR, DISCRIMINATOR = "generator", "discriminator"


class CountLoss(Loss):
    """Losses of generator and discriminator on images and their counts.

    The generator is asked for the counts of the batch's real images, so that both see the same
    combinations equally often, and has its turn first: the discriminator then judges the same
    images again, which saves a pass through the generator.

    Args:
        network: The networks.
        prior: Of the noise.
        config: Weights and forms of the losses.

    Raises:
        InputError: If prior and network differ in their dimensions.
    """

    network: CountNetworks

    def __init__(
        self,
        network: CountNetworks,
        prior: GaussianMixturePrior,
        config: CountTrainingConfig,
    ) -> None:
        super().__init__()
        if prior.num_dimensions != network.config.noise_dimensions:
            raise InputError(
                f"the generator takes noise of {network.config.noise_dimensions} dimensions, the "
                f"prior has {prior.num_dimensions}: give both the same"
            )
        self.network, self.prior, self.config = network, prior, config
        # Generated in the generator's turn, used again in the discriminator's.
        self.generated: Tensor | None = None

    def check(self, *rows: Tensor) -> None:
        """Refuse images and counts that do not fit the networks."""
        check_counted_images(self.network.config, *rows)
        largest, known = int(rows[1].max()), self.network.known_counts
        if known is not None and largest > known:
            raise InputError(
                f"the images show up to {largest} objects of a class and the discriminator knows "
                f"counts up to {known}: raise max_count"
            )

    def players(self) -> Mapping[str, Sequence[nn.Parameter]]:
        """Return the generator's parameters and the discriminator's; the average has no turn."""
        return {
            GENERATOR: list(self.network.generator.parameters()),
            DISCRIMINATOR: list(self.network.discriminator.parameters()),
        }

    @property
    def generator_weight(self) -> float:
        """Weight of the counts in the generator's loss at this step."""
        started = int(self.network.num_averaged) >= self.config.count_start
        return self.config.count_weight if started else 0.0

    def after_step(self) -> None:
        """Update the averaged generator."""
        self.network.update_average(self.config.average_decay)

    def forward(
        self,
        images: Tensor,
        counts: Tensor,
        generator: torch.Generator,
        player: str | None = None,
    ) -> LossAndParts:
        """Return a player's loss of images and counts, and its parts.

        Args:
            images: `n x c x h x w`, uint8 or in [0, 1].
            counts: `n x k`, whole numbers.
            generator: Draws all randomness, on the tensors' device.
            player: Its name; None: the discriminator's loss, the generated images being the
                averaged generator's.
        """
        counts = counts.float()
        if player == GENERATOR:
            return self._generator_turn(counts, generator)
        images = 2 * as_float(images) - 1
        if player == DISCRIMINATOR:
            assert self.generated is not None, "the generator has the first turn"
            fakes, self.generated = self.generated, None
            return self._discriminator_turn(images, fakes, counts, generator)
        return self._both(images, counts, generator)

    def generator_losses(self, fake: DiscriminatorOutput, counts: Tensor) -> BothLosses:
        """Return the generator's, from the discriminator's outputs for images of `n x k` counts."""
        return generator_loss(self.network.config.method, fake, counts, self.config.count_error)

    def discriminator_losses(
        self, real: DiscriminatorOutput, fake: DiscriminatorOutput, counts: Tensor
    ) -> BothLosses:
        """Return the discriminator's, from its outputs for real and generated images."""
        method, config = self.network.config.method, self.config
        form, share = config.count_error, config.generated_share
        return discriminator_loss(method, real, fake, counts, counts, form, share)

    def _generator_turn(self, counts: Tensor, generator: torch.Generator) -> LossAndParts:
        noise = self._noise(len(counts), counts, generator)
        fakes = self.network.generator(noise, counts)
        self.generated = fakes.detach()
        fake = self.network.discriminator(fakes, counts, generator)
        losses = self.generator_losses(fake, counts)
        loss = losses.total(self.generator_weight)
        return with_parts(loss, generator_counts=losses.counts)

    def _discriminator_turn(
        self, images: Tensor, fakes: Tensor, counts: Tensor, generator: torch.Generator
    ) -> LossAndParts:
        judge = self.network.discriminator
        real, fake = judge(images, counts, generator), judge(fakes, counts, generator)
        losses = self.discriminator_losses(real, fake, counts)
        loss = losses.total(self.config.count_weight)
        return with_parts(
            loss,
            discriminator_counts=losses.counts,
            real_told_real=(real.realness > 0).float().mean(),
            fake_told_real=(fake.realness > 0).float().mean(),
        )

    def _both(self, images: Tensor, counts: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the discriminator's loss, and the shares of images that its head counts right."""
        noise = self._noise(len(counts), counts, generator)
        fakes = self.network.generate(noise, counts, generator)
        judge = self.network.discriminator
        real, fake = judge(images, counts, generator), judge(fakes, counts, generator)
        loss = self.discriminator_losses(real, fake, counts).total(self.config.count_weight)
        shares = {"real": _share_right(real, counts), "generated": _share_right(fake, counts)}
        found = {f"{name}_counted_right": each for name, each in shares.items() if each is not None}
        return with_parts(loss, **found)

    def _noise(self, n: int, like: Tensor, generator: torch.Generator) -> Tensor:
        if self.prior.means.device != like.device:
            self.prior = self.prior.to(like.device)
        return self.prior.sample(n, generator).to(like.dtype)


def check_counted_images(sizes: CountSizes | CounterConfig, images: Tensor, counts: Tensor) -> None:
    """Refuse images and counts that do not fit each other or the sizes of a network.

    Raises:
        InputError: If shapes differ, or there is no image.
    """
    if images.shape[1:] != sizes.shape:
        raise InputError(
            f"the network takes images of shape {sizes.shape}, not {tuple(images.shape[1:])}: give "
            f"it the sizes of the data set"
        )
    if counts.shape != (len(images), sizes.num_classes):
        raise InputError(
            f"counts have shape {tuple(counts.shape)}, not {(len(images), sizes.num_classes)}: "
            f"give a number for each image and class"
        )
    if not len(images):
        raise InputError("there is no image to train on: build the data set with more")


def _share_right(output: DiscriminatorOutput, counts: Tensor) -> Tensor | None:
    predicted = output.predicted_counts()
    return None if predicted is None else (predicted == counts.long()).all(1).float().mean()
