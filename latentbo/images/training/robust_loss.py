"""Losses of a training step with attacked images (chapter 5).

Batch norms: an attack runs with the network in evaluation mode, as for an attacker of the trained
model. So attacks on images are independent, and running statistics do not change. Clean and
attacked images then pass the encoder together. Both halves of a pair are normalised by the same
statistics (with separate ones, a shift common to all attacked images would be hidden), and running
statistics are those of the training images, half of them attacked.
"""

from functools import cached_property

import torch
from torch import Tensor

from latentbo.images.models import ImageAutoencoder, as_float
from latentbo.images.training.loss import ImageLoss
from latentbo.images.training.robust_config import RobustConfig
from latentbo.priors import GaussianMixturePrior
from latentbo.regularizers import PairRegularizer, RegularizerConfig, make_regularizer
from latentbo.training.attacked import attacked_inputs
from latentbo.training.loop import LossAndParts, with_parts


class RobustLoss(ImageLoss):
    """Base of the losses of robust training.

    Args:
        network: The network to train.
        config: The regularizer.
        prior: The prior.
        regularizer_weight: Of the regularizer's loss, including its pair term.
        robust: The attack and the coupling of codes.
        latent_noise: Standard deviation of the noise on the decoder's codes in training.
    """

    def __init__(
        self,
        network: ImageAutoencoder,
        config: RegularizerConfig,
        prior: GaussianMixturePrior,
        regularizer_weight: float,
        robust: RobustConfig,
        *,
        latent_noise: float = 0.0,
    ) -> None:
        regularizer = make_regularizer(config, prior)
        super().__init__(network, regularizer, regularizer_weight, latent_noise=latent_noise)
        self.config, self.prior, self.robust = config, prior, robust


class PairLoss(RobustLoss):
    """Reconstruction, and pairs of clean and adversarial codes that follow the prior.

    The reconstruction is that of clean images alone (eq. 5.6). With a positive `adversarial_share`,
    the reconstruction of clean images from the codes of attacked ones is added.
    """

    @cached_property
    def pairs(self) -> PairRegularizer:
        """The regularizer of pairs."""
        robust = self.robust
        return PairRegularizer(self.config, self.prior, robust.coupling, robust.two_point_term)

    def forward(self, batch: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the loss of `n x c x h x w` images (uint8, or in [0, 1]) and its parts."""
        images = as_float(batch)
        attacked = self.attacked(images, generator)
        codes = self.network.encode(torch.cat([images, attacked]), generator).codes
        clean, moved = codes.chunk(2)
        terms = self.pairs(clean, moved, generator, self.network.decoder.parameters())
        reconstruction = self._reconstruction(codes, images, generator)
        loss = reconstruction + self.regularizer_weight * self.pairs.loss(terms)
        return with_parts(loss, reconstruction=reconstruction, **terms)

    def attacked(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return attacked images, whose codes moved away: Fast-FGSM (eq. 5.1)."""
        return attacked_inputs(self.network, self._means, images, self.robust, generator)

    def _means(self, images: Tensor) -> Tensor:
        return self.network.encode(images).mean

    def _reconstruction(self, codes: Tensor, images: Tensor, generator: torch.Generator) -> Tensor:
        """Error of decodes of `2n x d` codes, clean ones first, to `n` clean images: a scalar."""
        share = self.robust.adversarial_share
        if not share:
            return self.error(codes[: len(images)], images, generator).mean()
        clean, attacked = self.error(codes, torch.cat([images, images]), generator).chunk(2)
        return (1 - share) * clean.mean() + share * attacked.mean()
