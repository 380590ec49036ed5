"""Losses of two robust variational autoencoders; for batch norms see `robust_loss`.

Not as published: networks and weights of the reconstruction are those of the plain variational
autoencoder here, so that the methods differ in the pair terms only, whose weights are ours.

References:
    A. T. Cemgil et al., "Adversarially Robust Representations with Smooth Encoders", ICLR 2020.
    A. T. Cemgil et al., "The Autoencoding Variational Autoencoder", NeurIPS 2020.
"""

import torch
from torch import Tensor

from latentbo.attacks import Budget, ProjectedGradient, ShiftGoal
from latentbo.images.models import ImageAutoencoder, as_float
from latentbo.images.training.robust_loss import RobustLoss
from latentbo.regularizers import Encoding
from latentbo.training.attacked import evaluated
from latentbo.training.loop import LossAndParts, with_parts


class SmoothLoss(RobustLoss):
    """Evidence bound, and a distance of the encoder's Gaussians of clean and attacked images.

    The attack maximises that distance by several signed gradient steps. The published distance is
    Wasserstein's with an entropy; its limit without entropy has a closed form.
    """

    def forward(self, batch: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the loss of `n x c x h x w` images (uint8, or in [0, 1]) and its parts."""
        images = as_float(batch)
        attacked = self.attacked(images, generator)
        both = self.network.encode(torch.cat([images, attacked]), generator)
        clean, moved = _halves(both)
        reconstruction = self.error(clean.codes, images, generator).mean()
        terms = self.regularizer(clean, generator, self.network.decoder.parameters())
        pair = 0.5 * wasserstein_distance(clean, moved)
        return self._total(reconstruction, terms, pair)

    def attacked(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return attacked images, whose distributions of codes moved away."""
        robust = self.robust
        # The attack's unit: its first step as a multiple of radius / num_steps.
        step = robust.step / robust.epsilon * robust.num_steps
        attack = ProjectedGradient(ShiftGoal(), robust.num_steps, num_restarts=1, step=step)
        with evaluated(self.network):
            model = _Gaussians(self.network)
            return attack(model, images, Budget(robust.epsilon, "maximum"), generator).inputs

    def _total(
        self, reconstruction: Tensor, terms: dict[str, Tensor], pair: Tensor
    ) -> LossAndParts:
        penalty = self.regularizer.loss(terms) + self.robust.pair_weight * pair
        loss = reconstruction + self.regularizer_weight * penalty
        return with_parts(loss, reconstruction=reconstruction, **terms, pair=pair)


class SelfConsistentLoss(SmoothLoss):
    """Evidence bound, and a divergence of codes of decoded images from the codes they came from.

    An image is encoded, decoded, and encoded again. The target of the second Gaussian is that of a
    code with correlation rho to the first code. Decoded images count as data: they are means of the
    decoder without a gradient, encoded with the running statistics of the real images.
    """

    def forward(self, batch: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the loss of `n x c x h x w` images (uint8, or in [0, 1]) and its parts."""
        images = as_float(batch)
        first = self.network.encode(images, generator)
        decoded = self.decoded(first.codes, generator)
        reconstruction = (decoded - images).square().mean()
        terms = self.regularizer(first, generator, self.network.decoder.parameters())
        with evaluated(self.network):
            second = self.network.encode(decoded.detach())
        divergence = conditional_divergence(second, first.codes, self.robust.strength)
        return self._total(reconstruction, terms, divergence)


def wasserstein_distance(first: Encoding, second: Encoding) -> Tensor:
    """Mean squared Wasserstein distance of the encoder's Gaussians of n pairs, a scalar.

    Raises:
        ValueError: If an encoding has no log-variance.
    """
    return (_parameters(first) - _parameters(second)).square().sum(1).mean()


def conditional_divergence(encoding: Encoding, codes: Tensor, correlation: float) -> Tensor:
    r"""Mean divergence of Gaussians from those of codes correlated with others, in nats: a scalar.

    `KL(N(m, diag(s^2)) | N(rho z, (1 - rho^2) I))`, summed over dimensions.

    Args:
        encoding: A variational encoding of n inputs: m and s.
        codes: An `n x d`-dim tensor: z.
        correlation: Rho, below 1.

    Raises:
        ValueError: If the encoding has no log-variance.
    """
    encoding = encoding.in_full_precision()
    if encoding.log_variance is None:
        raise ValueError("the divergence needs a variational encoding, got log_variance=None")
    conditional = 1 - correlation**2
    ratio = encoding.log_variance.exp() / conditional
    shift = (encoding.mean - correlation * codes.float()).square() / conditional
    return 0.5 * (ratio + shift - 1 - ratio.log()).sum(1).mean()


class _Gaussians:
    """A model whose codes are means and standard deviations: their distance is Wasserstein's."""

    def __init__(self, network: ImageAutoencoder) -> None:
        self.network = network

    def encode(self, images: Tensor, /) -> Tensor:
        return _parameters(self.network.encode(images))

    def decode(self, codes: Tensor, /) -> Tensor:
        raise NotImplementedError("an attack on codes does not decode")


def _parameters(encoding: Encoding) -> Tensor:
    encoding = encoding.in_full_precision()
    if encoding.log_variance is None:
        raise ValueError("Gaussians need a variational encoding, got log_variance=None")
    return torch.cat([encoding.mean, (0.5 * encoding.log_variance).exp()], 1)


def _halves(encoding: Encoding) -> tuple[Encoding, Encoding]:
    assert encoding.log_variance is not None
    parts = (encoding.codes, encoding.mean, encoding.log_variance)
    first, second = zip(*(part.chunk(2) for part in parts), strict=True)
    return Encoding(*first), Encoding(*second)
