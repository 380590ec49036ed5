"""The interface of a trained image autoencoder for attacks and evaluations."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from latentbo.errors import ConfigurationError
from latentbo.images.models.network import ImageAutoencoder


class EvaluatedAutoencoder:
    """An image autoencoder in evaluation mode, with codes without noise.

    The network's mode is restored after each call, so that it can be attacked during training.

    Args:
        network: The autoencoder; the codes of a variational one are its means.
        latent_noise: Standard deviation of noise on codes before decoding. The published evaluation
            attacked the decoder with the noise of training left on; values other than 0 are for
            comparison with it.
        generator: Source of that noise, on its own device.

    Raises:
        ConfigurationError: If there is noise and no generator.
    """

    def __init__(
        self,
        network: ImageAutoencoder,
        latent_noise: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        if latent_noise and generator is None:
            raise ConfigurationError(
                f"latent noise of {latent_noise} needs a generator: give one, or set it to 0"
            )
        self.network = network
        self.latent_noise = latent_noise
        self.generator = generator

    def encode(self, images: Tensor, /) -> Tensor:
        """Return the `n x d` codes of `n x c x h x w` images in [0, 1]."""
        with _evaluating(self.network):
            return self.network.encode(images).mean

    def decode(self, codes: Tensor, /) -> Tensor:
        """Return the `n x c x h x w` images of `n x d` codes."""
        if self.generator is not None and self.latent_noise:
            source = self.generator.device
            noise = torch.randn(codes.shape, generator=self.generator, device=source)
            codes = codes + self.latent_noise * noise.to(codes)
        with _evaluating(self.network):
            images: Tensor = self.network.decoder(codes)
            return images


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    training = [module for module in network.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True
