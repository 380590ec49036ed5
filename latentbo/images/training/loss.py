"""The loss of a training step on images."""

from collections.abc import Callable

import torch
from torch import Tensor

from latentbo.images.models import ImageAutoencoder, as_float
from latentbo.regularizers import Regularizer
from latentbo.training.loop import Loss, LossAndParts, with_parts


class ImageLoss(Loss):
    """Mean squared error per pixel plus the weighted regularizer of the batch's codes.

    Args:
        network: The network to train.
        regularizer: Compares the noise-free codes with the prior.
        regularizer_weight: Of the regularizer's loss.
        latent_noise: Standard deviation of the noise on the decoder's codes in training.
        gradient_penalty: Weight of the decoder's Jacobian; 0: not computed.
    """

    network: ImageAutoencoder

    def __init__(
        self,
        network: ImageAutoencoder,
        regularizer: Regularizer,
        regularizer_weight: float,
        *,
        latent_noise: float = 0.0,
        gradient_penalty: float = 0.0,
    ) -> None:
        super().__init__()
        self.network = network
        self.regularizer = regularizer
        self.regularizer_weight = regularizer_weight
        self.latent_noise = latent_noise
        self.gradient_penalty = gradient_penalty

    def forward(self, batch: Tensor, generator: torch.Generator) -> LossAndParts:
        """Return the loss of `n x c x h x w` images (uint8, or in [0, 1]) and its parts."""
        images = as_float(batch)
        encoding = self.network.encode(images, generator)
        decoder = self.network.decoder
        terms = self.regularizer(encoding, generator, decoder.parameters())
        reconstruction = self.error(encoding.codes, images, generator).mean()
        loss = reconstruction + self.regularizer_weight * self.regularizer.loss(terms)
        parts = {"reconstruction": reconstruction, **terms}
        if self.gradient_penalty and self.training:
            parts["jacobian"] = jacobian_norm(decoder, encoding.codes, generator)
            loss = loss + self.gradient_penalty * parts["jacobian"]
        return with_parts(loss, **parts)

    def decoded(self, codes: Tensor, generator: torch.Generator) -> Tensor:
        """Decode `n x d` codes, with noise in training, to `n x c x h x w` images."""
        if self.training and self.latent_noise:
            noise = torch.randn(codes.shape, generator=generator, device=codes.device)
            codes = codes + self.latent_noise * noise.to(codes.dtype)
        images: Tensor = self.network.decoder(codes)
        return images.float()

    def error(self, codes: Tensor, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return the squared error of each value of images decoded from `n x d` codes."""
        return (self.decoded(codes, generator) - images).square()


def jacobian_norm(
    decoder: Callable[[Tensor], Tensor], codes: Tensor, generator: torch.Generator
) -> Tensor:
    r"""Mean squared Frobenius norm of a decoder's Jacobian at `n x d` codes, estimated: a scalar.

    Uses one random direction `v` of the image per code: `E |J^T v|^2 = |J|_F^2` for `v` of unit
    covariance (Hutchinson, 1989). The cost is one extra backward pass instead of one per pixel.
    Through batch norms each image depends on all codes of the batch; as in the published penalty,
    that is part of the gradient.

    Args:
        decoder: Function from codes to `n x …` images.
        codes: Points of the Jacobian; gradients flow through them.
        generator: Source of the directions, on the codes' device.

    References:
        P. Ghosh et al., "From Variational to Deterministic Autoencoders", ICLR 2020 (RAE-GP).
    """
    if not codes.requires_grad:
        codes = codes.detach().requires_grad_()
    images = decoder(codes)
    directions = torch.randn(images.shape, generator=generator, device=images.device)
    (projected,) = torch.autograd.grad(
        images, codes, directions.to(images.dtype), create_graph=True
    )
    return projected.square().sum(1).mean()
