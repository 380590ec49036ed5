"""Doubling and halving of maps with a smooth filter, to avoid grid artefacts.

References:
    T. Karras et al., "A Style-Based Generator Architecture for Generative Adversarial Networks",
    CVPR 2019, section 2.1; R. Zhang, "Making Convolutional Networks Shift-Invariant Again", 2019.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d

#: The filter, a binomial one, along each side; its sum is 8.
TAPS = (1.0, 3.0, 3.0, 1.0)


class Smoothing(nn.Module):
    """The separable filter `TAPS`, alone or with doubling or halving; zero beyond the edge."""

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        taps = torch.tensor(TAPS) / sum(TAPS)
        # Not in the state, because it is the same for all networks.
        self.register_buffer("kernel", torch.outer(taps, taps)[None, None], persistent=False)

    def forward(self, maps: Tensor, padding: int, gain: float = 1.0) -> Tensor:
        """Return filtered `n x c x h x w` maps, 3 - 2 padding pixels smaller, times a gain."""
        return _filtered(maps, self.kernel * gain, 1, padding, False)

    def doubled(self, maps: Tensor) -> Tensor:
        """Return `n x c x 2h x 2w` maps: zeros between the pixels, filtered, with the same mean."""
        return _filtered(maps, self.kernel * 4, 2, 1, True)

    def halved(self, maps: Tensor) -> Tensor:
        """Return `n x c x h/2 x w/2` maps, for even h and w: every second filtered pixel."""
        return _filtered(maps, self.kernel, 2, 1, False)


class _Filter(torch.autograd.Function):
    """A convolution of each channel with one fixed kernel, or its transpose.

    The gradient of one is the other, also for second gradients, which torch would compute channel
    by channel.
    """

    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, kernel: Tensor, stride: int, padding: int, transposed: bool
    ) -> Tensor:
        ctx.save_for_backward(kernel)
        ctx.options = stride, padding, transposed
        # On a CPU, filtering channels in half precision is many times slower.
        cpu = maps.device.type == "cpu"
        dtype = torch.promote_types(maps.dtype, torch.float32) if cpu else maps.dtype
        kernels = kernel.to(dtype).expand(maps.shape[1], -1, -1, -1)
        convolve = conv_transpose2d if transposed else conv2d
        with torch.autocast(maps.device.type, enabled=False):
            found = convolve(maps.to(dtype), kernels, None, stride, padding, groups=maps.shape[1])
        return found.to(maps.dtype)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None, None, None]:
        (kernel,) = ctx.saved_tensors
        stride, padding, transposed = ctx.options
        return _filtered(slopes[0], kernel, stride, padding, not transposed), None, None, None, None


def _filtered(maps: Tensor, kernel: Tensor, stride: int, padding: int, transposed: bool) -> Tensor:
    found: Tensor = _Filter.apply(maps, kernel, stride, padding, transposed)
    return found
