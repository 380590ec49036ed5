"""Generators of images with given counts of objects.

References:
    A. Saseendran, thesis, University of Siegen, 2023, section 3.3.1 and figure 3.2;
    G. Huang et al., "Densely Connected Convolutional Networks", CVPR 2017.
"""

import torch
from torch import Tensor, nn

from latentbo.counting.models.config import CountGANConfig

# Negative slope of LeakyReLU.
SLOPE = 0.2
# The generators double the side of their first map twice.
SCALE = 4


class DenseBlock(nn.Module):
    """Convolutions whose input is the outputs of all earlier ones (figure 3.2a).

    Args:
        inputs: Channels of the input.
        growth: Channels of each convolution.
        num_layers: Number of convolutions.
        keeps_input: Whether later layers, and the output, include the block's input.
        epsilon: Of the batch norm of the input.
    """

    def __init__(
        self, inputs: int, growth: int, num_layers: int, keeps_input: bool, epsilon: float
    ) -> None:
        super().__init__()
        kept = inputs if keeps_input else 0
        widths = [inputs, *(kept + layer * growth for layer in range(1, num_layers))]
        self.norm = nn.BatchNorm2d(inputs, epsilon)
        self.layers = nn.ModuleList(nn.Conv2d(width, growth, 3, padding=1) for width in widths)
        self.keeps_input = keeps_input
        self.outputs = kept + num_layers * growth

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps of all layers, `n x outputs x h x w`, of `n x inputs x h x w`."""
        seen = self.norm(maps)
        found = [seen] if self.keeps_input else []
        for layer in self.layers:
            found.append(torch.relu(layer(seen)))
            seen = torch.cat(found, 1) if len(found) > 1 else found[0]
        return seen


class SimpleGenerator(nn.Module):
    """Generates images from noise and counts by two dense blocks.

    A transition after each block reduces the channels and doubles the side.

    Args:
        config: Sizes.
    """

    def __init__(self, config: CountGANConfig) -> None:
        super().__init__()
        width, growth, epsilon = config.width, config.growth, config.networks.epsilon
        side = config.size // SCALE
        self.shape = (width, side, side)
        self.first = nn.Linear(config.noise_dimensions + config.num_classes, width * side**2)
        layers: list[nn.Module] = []
        for _ in range(2):
            options = (config.networks.num_layers, config.networks.keeps_input, epsilon)
            block = DenseBlock(width, growth, *options)
            layers += [block, *_transition(block.outputs, width, epsilon)]
        layers += [nn.BatchNorm2d(width, epsilon), nn.Conv2d(width, growth, 3, padding=1)]
        layers += [nn.BatchNorm2d(growth, epsilon), nn.LeakyReLU(SLOPE, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(growth, config.channels, 3, padding=1))

    def forward(self, noise: Tensor, counts: Tensor) -> Tensor:
        """Return images in [-1, 1].

        Args:
            noise: An `n x d`-dim tensor.
            counts: An `n x k`-dim tensor; whole numbers or not.

        Returns:
            An `n x c x h x w`-dim tensor.
        """
        maps = torch.relu(self.first(torch.cat([noise, counts.to(noise.dtype)], 1)))
        return torch.tanh(self.layers(maps.unflatten(1, self.shape)))


class PlainGenerator(nn.Module):
    """Generates images by two up-sampling convolutions: the network of the compared methods.

    Args:
        config: Sizes.
    """

    def __init__(self, config: CountGANConfig) -> None:
        super().__init__()
        width, growth, epsilon = config.width, config.growth, config.networks.epsilon
        side = config.size // SCALE
        self.shape = (width, side, side)
        self.first = nn.Linear(config.noise_dimensions + config.num_classes, width * side**2)
        layers: list[nn.Module] = [nn.BatchNorm2d(width, epsilon)]
        for after in (width, growth):
            convolution = nn.Conv2d(width, after, 3, padding=1)
            layers += [nn.Upsample(scale_factor=2), convolution, nn.BatchNorm2d(after, epsilon)]
            layers += [nn.LeakyReLU(SLOPE, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(growth, config.channels, 3, padding=1))

    def forward(self, noise: Tensor, counts: Tensor) -> Tensor:
        """Return images in [-1, 1]; shapes as in `SimpleGenerator`."""
        maps = self.first(torch.cat([noise, counts.to(noise.dtype)], 1))
        return torch.tanh(self.layers(maps.unflatten(1, self.shape)))


def make_generator(config: CountGANConfig) -> nn.Module:
    """Return the generator of a configuration."""
    return SimpleGenerator(config) if config.generator == "dense" else PlainGenerator(config)


def _transition(inputs: int, outputs: int, epsilon: float) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 1),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(outputs, epsilon),
        nn.Upsample(scale_factor=2, mode="bilinear"),
    ]
