"""The two losses of a count-conditioned StyleGAN2: its generator's and its discriminator's."""

import torch
from torch import Tensor

from latentbo.counting.models import DiscriminatorOutput, StyleGAN
from latentbo.counting.training.gan_loss import CountLoss
from latentbo.counting.training.losses import BothLosses, adversarial_loss, count_error
from latentbo.counting.training.style.augmentation import COLOUR_AUGMENTATIONS, augment
from latentbo.counting.training.style.config import StyleTrainingConfig
from latentbo.counting.training.style.contrastive import contrastive_loss
from latentbo.counting.training.style.penalties import path_lengths, r1_penalty
from latentbo.errors import ConfigurationError
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import Encoding, make_regularizer
from latentbo.training.loop import LossAndParts

# Steps between two adaptations of the augmentations.
ADAPT_EVERY = 4


class StyleLoss(CountLoss):
    """Losses of generator and discriminator on images and their counts.

    A penalty that is due every k-th step is added to the loss of that step, k times. The number of
    the step, and all else that has to outlive a step, is in the network's buffers, so that a
    resumed run equals an unbroken one.

    Args:
        network: The networks.
        prior: Of the noise.
        config: Weights and forms of the losses.

    Raises:
        InputError: If prior and network differ in their dimensions.
        ConfigurationError: If the augmentations are not for such images.
    """

    network: StyleGAN
    config: StyleTrainingConfig

    def __init__(
        self,
        network: StyleGAN,
        prior: GaussianMixturePrior,
        config: StyleTrainingConfig,
    ) -> None:
        super().__init__(network, prior, config)
        colours = [name for name in config.augmentations if name in COLOUR_AUGMENTATIONS]
        if colours and network.config.channels != 3:
            raise ConfigurationError(
                f"augmentation {colours[0]!r} is for images of 3 channels, not of "
                f"{network.config.channels}: leave it out"
            )
        network.augment_probability.fill_(config.augment_start)
        sizes = (network.config.style_dimensions, config.style_components, config.style_scale)
        styles = _style_prior(*sizes) if config.style_regularizer else None
        self.regularizer = None if styles is None else make_regularizer("gmm-ks", styles)

    def after_step(self) -> None:
        """Update the averaged generator, and adapt the augmentations."""
        super().after_step()
        adapts = self.config.augmentations and self.config.augment_images
        if adapts and self._is_due(ADAPT_EVERY):
            self.network.adapt(self.config.augment_target, self.config.augment_images)

    def generator_losses(self, fake: DiscriminatorOutput, counts: Tensor) -> BothLosses:
        """Return the non-saturating logistic loss, and that of the counts."""
        return BothLosses(adversarial_loss(fake.realness, True), self._head_error(fake, counts))

    def discriminator_losses(
        self, real: DiscriminatorOutput, fake: DiscriminatorOutput, counts: Tensor
    ) -> BothLosses:
        """Return the logistic loss, and that of the counts of real and generated images."""
        adversarial = adversarial_loss(real.realness, True) + adversarial_loss(fake.realness, False)
        share = self.config.generated_share if real.embedded is None else 0.0
        error = self._head_error(real, counts).lerp(self._head_error(fake, counts), share)
        return BothLosses(adversarial, error)

    def _head_error(self, output: DiscriminatorOutput, counts: Tensor) -> Tensor:
        """Return the error of a count head or an embedding; 0 without one."""
        if output.embedded is not None and output.wanted is not None:
            return contrastive_loss(output.embedded, output.wanted, counts)
        if output.counts is None:
            return torch.zeros((), device=counts.device)
        return count_error(output.counts, counts, self.config.count_error)

    def _generator_turn(self, counts: Tensor, generator: torch.Generator) -> LossAndParts:
        network = self.network.generator
        styles = network.mapping(self._noise(len(counts), counts, generator), counts)
        mixed = styles
        if self.config.mixing:
            others = network.mapping(self._noise(len(counts), counts, generator), counts)
            mixed = network.mixed(styles, others, self.config.mixing, generator)
        fakes = network.synthesize(mixed, generator)
        self.generated = fakes.detach()
        fake = self.network.discriminator(self._augmented(fakes, generator), counts)
        losses = self.generator_losses(fake, counts)
        loss = losses.total(self.generator_weight)
        parts = {"loss": loss, "generator_counts": losses.counts}
        if self._is_due(self.config.path_every) and self.config.path_weight:
            penalty = self._uneven_paths(counts, generator)
            loss = loss + self.config.path_every * self.config.path_weight * penalty
            self.network.path_penalty.copy_(penalty.detach())
        if self.regularizer is not None:
            codes = styles[:, : self.network.config.style_dimensions].float()
            misfit = self.regularizer.loss(self.regularizer(Encoding(codes, codes), generator))
            loss = loss + self.config.style_regularizer * misfit
            parts["style_misfit"] = misfit
        parts |= {
            "path_length": self.network.path_length,
            "path_penalty": self.network.path_penalty,
        }
        return loss, _noted(parts)

    def _uneven_paths(self, counts: Tensor, generator: torch.Generator) -> Tensor:
        """Return the path-length penalty of new images."""
        asked = counts[: max(1, round(self.config.path_share * len(counts)))]
        network = self.network.generator
        styles = network.mapping(self._noise(len(asked), asked, generator), asked)
        layers = styles[:, None].expand(-1, network.synthesis.num_styles, -1)
        images = network.synthesize(layers, generator)
        noise = torch.randn(images.shape, generator=generator, device=images.device)
        lengths = path_lengths(images, layers, noise)
        self.network.note_lengths(lengths)
        return (lengths - self.network.path_length).square().mean()

    def _discriminator_turn(
        self, images: Tensor, fakes: Tensor, counts: Tensor, generator: torch.Generator
    ) -> LossAndParts:
        judge = self.network.discriminator
        shown = self._augmented(images, generator)
        penalized = self._is_due(self.config.r1_every)
        if penalized:
            shown = shown.detach().requires_grad_()
        real = judge(shown, counts)
        fake = judge(self._augmented(fakes, generator), counts)
        losses = self.discriminator_losses(real, fake, counts)
        loss = losses.total(self.config.count_weight)
        parts = {
            "loss": loss,
            "discriminator_counts": losses.counts,
            "real_told_real": (real.realness > 0).float().mean(),
            "fake_told_real": (fake.realness > 0).float().mean(),
        }
        if self.config.augmentations:
            self.network.note_signs(real.realness)
            parts["augment_probability"] = self.network.augment_probability
        if penalized:
            penalty = r1_penalty(real.realness, shown)
            weight = self.config.r1_weight_at(self.network.config.size)
            loss = loss + self.config.r1_every * weight * penalty
            self.network.r1_penalty.copy_(penalty.detach())
        parts["r1_penalty"] = self.network.r1_penalty
        return loss, _noted(parts)

    def _is_due(self, every: int) -> bool:
        return every > 0 and int(self.network.num_averaged) % every == 0

    def _augmented(self, images: Tensor, generator: torch.Generator) -> Tensor:
        names = self.config.augmentations
        if not names:
            return images
        return augment(images, names, self.network.augment_probability, generator)


def _noted(parts: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return copies of parts of a loss, because buffers change."""
    return {name: value.detach().clone() for name, value in parts.items()}


def _style_prior(dimensions: int, components: int, scale: float) -> GaussianMixturePrior:
    if components == 1:
        return GaussianMixturePrior.standard_normal(dimensions)
    return GaussianMixturePrior.one_hot(dimensions, components, scale)
