"""Losses of a training step with attacked images (chapter 5).

Batch norms: an attack sees the network in evaluation mode, as an attacker of the trained model
does. So images are attacked one by one, and running statistics stay as they are. Clean and attacked
images then pass the encoder together: both halves of a pair are normalised by the same numbers (by
their own ones, a shift that all attacked images share would be hidden), and running statistics are
those of the images that the encoder was trained on, half of them attacked.
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
    """What the losses of robust trainings are made from.

    Args:
        network: What is trained.
        config: The regularizer.
        prior: The prior.
        regularizer_weight: Of the regularizer's loss, a pair term of its own included.
        robust: Attack, and how codes shall follow.
        latent_noise: Standard deviation of the noise that the decoder's codes get in training.
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

    The reconstruction is that of clean images alone (eq. 5.6), unless `adversarial_share` says
    otherwise: then that of clean images from the codes of attacked ones joins it.
    """

    @cached_property
    def pairs(self) -> PairRegularizer:
        """The regularizer of pairs."""
        return self.robust.regularizer(self.config, self.prior)

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
        """Return images whose codes moved away: Fast-FGSM (eq. 5.1)."""
        return attacked_inputs(self.network, self._means, images, self.robust, generator)

    def _means(self, images: Tensor) -> Tensor:
        return self.network.encode(images).mean

    def _reconstruction(self, codes: Tensor, images: Tensor, generator: torch.Generator) -> Tensor:
        """Error of `2n x d` codes, the clean ones first, as images of `n` clean ones: a scalar."""
        share = self.robust.adversarial_share
        if not share:
            return self.error(codes[: len(images)], images, generator).mean()
        clean, attacked = self.error(codes, torch.cat([images, images]), generator).chunk(2)
        return (1 - share) * clean.mean() + share * attacked.mean()
