"""Image autoencoders: the convolutional one of table 4.6, and a fully connected one.

The table prints batch norm and ReLU after the decoder's last layer; images lie in [0, 1], so a
sigmoid is meant.

References:
    A. Saseendran, thesis, University of Siegen, 2023, table 4.6 and section 4.4.1.
"""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from latentbo.images.models.config import ImageNetworkConfig
from latentbo.regularizers import Encoding

# Of the convolutions: they halve or double height and width.
KERNEL, STRIDE, PADDING = 4, 2, 1


class ImageAutoencoder(nn.Module):
    """An autoencoder of images.

    Args:
        config: Kind and sizes.
    """

    def __init__(self, config: ImageNetworkConfig) -> None:
        super().__init__()
        self.config = config
        outputs = config.num_dimensions * (2 if config.variational else 1)
        encoder, decoder = _NETWORKS[config.kind](config, outputs)
        self.encoder = encoder
        self.decoder = decoder
        if config.spectral_norm:
            for module in decoder.modules():
                if isinstance(module, nn.Linear | nn.ConvTranspose2d):
                    spectral_norm(module)

    def encode(self, images: Tensor, generator: torch.Generator | None = None) -> Encoding:
        """Return the `Encoding` of `n x c x h x w` images in [0, 1].

        A deterministic encoder's codes are its means. A variational one's are samples while
        training (drawn from `generator`) and means otherwise.
        """
        output = self.encoder(images)
        if not self.config.variational:
            return Encoding(output, output)
        mean, log_variance = output.chunk(2, 1)
        if not self.training:
            return Encoding(mean, mean, log_variance)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
        return Encoding(mean + (0.5 * log_variance).exp() * noise, mean, log_variance)


def _convolutional(config: ImageNetworkConfig, outputs: int) -> tuple[nn.Module, nn.Module]:
    widths = [config.width * 2**level for level in range(4)]
    side = config.size // 16
    encoder: list[nn.Module] = []
    for before, after in zip([config.channels, *widths], widths, strict=False):
        halving = nn.Conv2d(before, after, KERNEL, STRIDE, PADDING, bias=False)
        encoder += [halving, nn.BatchNorm2d(after), nn.ReLU()]
    encoder += [nn.Flatten(), nn.Linear(widths[-1] * side**2, outputs)]
    decoder: list[nn.Module] = [
        nn.Linear(config.num_dimensions, widths[-1] * side**2),
        nn.Unflatten(1, (widths[-1], side, side)),
    ]
    for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True):
        doubling = nn.ConvTranspose2d(before, after, KERNEL, STRIDE, PADDING, bias=False)
        decoder += [doubling, nn.BatchNorm2d(after), nn.ReLU()]
    last = nn.ConvTranspose2d(widths[0], config.channels, KERNEL, STRIDE, PADDING)
    decoder += [last, nn.Sigmoid()]
    return nn.Sequential(*encoder), nn.Sequential(*decoder)


def _mlp(config: ImageNetworkConfig, outputs: int) -> tuple[nn.Module, nn.Module]:
    pixels = math.prod(config.shape)
    hidden = [config.width] * config.num_layers
    encoder = [nn.Flatten(), *_dense([pixels, *hidden]), nn.Linear(config.width, outputs)]
    decoder = [
        *_dense([config.num_dimensions, *hidden]),
        nn.Linear(config.width, pixels),
        nn.Sigmoid(),
        nn.Unflatten(1, config.shape),
    ]
    return nn.Sequential(*encoder), nn.Sequential(*decoder)


def _dense(widths: list[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return layers


_NETWORKS: dict[str, Callable[[ImageNetworkConfig, int], tuple[nn.Module, nn.Module]]] = {
    "convolutional": _convolutional,
    "mlp": _mlp,
}
