"""Convolutions with weights scaled by a style and normalised to norm 1.

The weights of each image are w'_oi = s_i w_oi / sqrt(sum over i and the kernel of (s_i w_oi)^2).
Scaling the inputs by s and the outputs by the roots gives the same maps without separate weights
per image: one convolution for the whole batch.

References:
    T. Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", CVPR 2020, section
    2.2 (equations 1 to 3).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d

from latentbo.counting.models.style.filters import Smoothing
from latentbo.counting.models.style.layers import GAIN, EqualizedLinear, activate

EPSILON = 1e-8
KERNEL = 3


def demodulation(weight: Tensor, styles: Tensor) -> Tensor:
    """Return the factors of the outputs, `n x o`, that give modulated weights norm 1.

    Args:
        weight: An `o x i x h x w`-dim tensor.
        styles: An `n x i`-dim tensor.
    """
    # In full precision, because of the sum of many squares in the divisor.
    with torch.autocast(weight.device.type, enabled=False):
        squares = weight.float().square().sum((2, 3))
        return torch.rsqrt(styles.float().square() @ squares.T + EPSILON)


class StyledConvolution(nn.Module):
    """A modulated and demodulated 3x3 convolution, noise, bias and LeakyReLU.

    Args:
        inputs: Channels of the input.
        outputs: Channels of the output.
        style: Size of a style.
        doubles: Whether the side is doubled, followed by a smoothing.
    """

    def __init__(self, inputs: int, outputs: int, style: int, doubles: bool = False) -> None:
        super().__init__()
        self.affine = EqualizedLinear(style, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, KERNEL, KERNEL))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.smoothing = Smoothing() if doubles else None
        self.weight_gain = 1 / math.sqrt(inputs * KERNEL**2)

    def forward(self, maps: Tensor, style: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return `n x o x h x w` maps, or twice h and w.

        Args:
            maps: An `n x i x h x w`-dim tensor.
            style: An `n x d`-dim tensor.
            generator: Draws the noise.
        """
        scales = self.affine(style)
        weight = self.weight * self.weight_gain
        roots = demodulation(weight, scales)[:, :, None, None] * GAIN
        out = self._convolved(maps * scales[:, :, None, None], weight)
        bias = (self.bias * GAIN)[:, None, None]
        out = torch.addcmul(bias.to(out.dtype), out, roots.to(out.dtype))
        noise = self._noise(out, generator) * (self.noise_strength * GAIN)
        return activate(out + noise.to(out.dtype))

    def _convolved(self, maps: Tensor, weight: Tensor) -> Tensor:
        if self.smoothing is None:
            return conv2d(maps, weight, padding=KERNEL // 2)
        wide = conv_transpose2d(maps, weight.transpose(0, 1), stride=2)
        # The gain of 4 compensates that three of four pixels are zero.
        return self.smoothing(wide, padding=1, gain=4.0)

    @staticmethod
    def _noise(maps: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return `n x 1 x h x w` standard normal numbers, the same on every device."""
        device = maps.device if generator is None else generator.device
        shape = (len(maps), 1, *maps.shape[2:])
        return torch.randn(shape, generator=generator, device=device).to(maps.device)


class ImageLayer(nn.Module):
    """Maps to an image by a modulated 1x1 convolution, which is not demodulated.

    Args:
        inputs: Channels of the maps.
        channels: Of the image.
        style: Size of a style.
    """

    def __init__(self, inputs: int, channels: int, style: int) -> None:
        super().__init__()
        self.affine = EqualizedLinear(style, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.weight_gain = 1 / math.sqrt(inputs)

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        """Return `n x c x h x w` images of `n x i x h x w` maps and `n x d` styles."""
        scaled = maps * self.affine(style)[:, :, None, None]
        return conv2d(scaled, self.weight * self.weight_gain, self.bias)
