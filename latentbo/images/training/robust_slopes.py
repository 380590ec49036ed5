"""Bounded slopes of encoder and decoder: the constraint of the Lipschitz-VAE.

Each layer's weights are a multiple of an orthonormal matrix, so that layers of the one constant c
make a network with the constant c to the power of their number; ReLU has 1, the last sigmoid 1/4.
As published, except: matrices are made orthonormal by a QR decomposition, where the paper iterates
Björck's formula; activations stay ReLU, as in the network of all methods; and the standard
deviations share the means' encoder, whose outputs are bounded together. The bound of a convolution
is that of its matrix times the number of patches that contain a pixel, along one side. The slopes
of batch norms are not bounded: for the convolutional network the bound holds for the other layers
only.

References:
    B. Barrett, A. Camuto, M. Willetts and T. Rainforth, "Certifiably Robust Variational
    Autoencoders", AISTATS 2022; C. Anil, J. Lucas and R. Grosse, "Sorting out Lipschitz Function
    Approximation", ICML 2019.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from latentbo.images.models import ImageAutoencoder

# Reciprocal of the steepest slope of the sigmoid after the decoder's last layer.
SIGMOID = 4.0


def bound_slopes(network: ImageAutoencoder, constant: float) -> None:
    """Constrain the weights in place: encoder and decoder each have at most this slope.

    The parameters get other names, until `keep_weights`.
    """
    for part, bound in ((network.encoder, constant), (network.decoder, SIGMOID * constant)):
        layers = [
            module
            for module in part.modules()
            if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
        ]
        for layer in layers:
            share = bound ** (1 / len(layers)) / _overlap(layer)
            parametrize.register_parametrization(layer, "weight", _Orthonormal(share))


def keep_weights(network: ImageAutoencoder) -> None:
    """Replace constrained weights by plain ones with the same values, in place; others stay."""
    for module in list(network.modules()):
        if not parametrize.is_parametrized(module, "weight"):
            continue
        # Spectral norms are parametrizations too.
        if any(isinstance(each, _Orthonormal) for each in _parametrizations(module)):
            parametrize.remove_parametrizations(module, "weight")


class _Orthonormal(nn.Module):
    """Weights to a multiple of a matrix with orthonormal rows, or columns if they are fewer."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, weight: Tensor) -> Tensor:
        matrix = weight.flatten(1)
        is_wide = matrix.shape[0] < matrix.shape[1]
        columns, triangle = torch.linalg.qr(matrix.T if is_wide else matrix)
        # The decomposition is unique, and smooth, once the diagonal is positive.
        signs = torch.where(triangle.diagonal() < 0, -1.0, 1.0)
        columns = self.scale * columns * signs
        return (columns.T if is_wide else columns).reshape(weight.shape)


def _parametrizations(module: nn.Module) -> list[nn.Module]:
    by_parameter = module.parametrizations
    assert isinstance(by_parameter, nn.ModuleDict)
    return list(by_parameter["weight"].children())


def _overlap(layer: nn.Module) -> int:
    """Number of patches of a convolution that contain a pixel, along one side; 1 for a matrix."""
    if not isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        return 1
    return -(-layer.kernel_size[0] // layer.stride[0])
