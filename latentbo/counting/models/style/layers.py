"""Layers with an equalized learning rate: weights start as N(0, 1) and are scaled on use.

References:
    T. Karras et al., "Progressive Growing of GANs", ICLR 2018, section 4.1.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, leaky_relu, linear

from latentbo.counting.models.style.filters import Smoothing

SLOPE = 0.2
# Keeps the mean square of activations about 1. LeakyReLU commutes with positive factors, so the
# layers multiply it into their few weights instead of their many outputs.
GAIN = math.sqrt(2)


def activate(values: Tensor) -> Tensor:
    """Apply LeakyReLU, in place."""
    return leaky_relu(values, SLOPE, inplace=True)


class EqualizedLinear(nn.Module):
    """A linear layer.

    Args:
        inputs: Size of an input.
        outputs: Size of an output.
        activated: Whether LeakyReLU follows.
        bias: Initial value of the biases.
        rate: Factor of the learning rate.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activated: bool = False,
        bias: float = 0.0,
        rate: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.activated = activated
        gain = GAIN if activated else 1.0
        self.weight_gain, self.bias_gain = gain * rate / math.sqrt(inputs), gain * rate

    def forward(self, values: Tensor) -> Tensor:
        """Return `n x outputs` of `n x inputs`."""
        out = linear(values, self.weight * self.weight_gain, self.bias * self.bias_gain)
        return activate(out) if self.activated else out


class EqualizedConvolution(nn.Module):
    """A convolution that keeps the side, or halves it after a smoothing.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        kernel: Side of the kernel.
        activated: Whether a bias and LeakyReLU follow; without, there is no bias either.
        halves: Whether the side is halved.
        gain: Factor of the output.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        activated: bool = True,
        halves: bool = False,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if activated else None
        self.smoothing = Smoothing() if halves else None
        self.kernel = kernel
        self.bias_gain = gain * (GAIN if activated else 1.0)
        self.weight_gain = self.bias_gain / math.sqrt(inputs * kernel**2)

    def forward(self, maps: Tensor) -> Tensor:
        """Return `n x outputs x h x w` of `n x inputs x h x w`; or half of h and w."""
        weight = self.weight * self.weight_gain
        bias = None if self.bias is None else self.bias * self.bias_gain
        if self.smoothing is None:
            out = conv2d(maps, weight, bias, padding=self.kernel // 2)
        elif self.kernel == 1:
            out = conv2d(self.smoothing.halved(maps), weight, bias)
        else:
            out = conv2d(self.smoothing(maps, padding=2), weight, bias, stride=2)
        return activate(out) if self.bias is not None else out
