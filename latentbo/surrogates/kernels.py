"""Kernels over counts of fragments: what a Gaussian process can know of a molecule's composition.

References:
    Ralaivola et al., "Graph kernels for chemical informatics", Neural Networks 18, 2005.
    Tripp et al., "Tanimoto Random Features for Scalable Molecular Machine Learning", NeurIPS 2023
    (the kernel is positive definite for counts, too).
"""

import warnings
from typing import Any

import torch
from torch import Tensor

with warnings.catch_warnings():
    # gpytorch's import uses torch.jit.script, which newer torch deprecates aloud.
    warnings.simplefilter("ignore")
    from gpytorch.kernels import Kernel

__all__ = ["LinearCountKernel", "TanimotoKernel"]


class LinearCountKernel(Kernel):
    r"""`k(x, y) = <x, y> / s`: values that are sums of contributions of fragments.

    Unlike a stationary kernel it extrapolates to more of what is good.

    Args:
        scale: The constant s; the mean of `<x, x>` over the data makes the kernel's mean variance
            one.
    """

    has_lengthscale = False

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(**options)
        self.register_buffer("scale", torch.tensor(float(scale), dtype=torch.float64))

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Return the `n x m` kernel of `n x d` and `m x d` counts (its diagonal if `diag`)."""
        if diag:
            return (x1 * x2).sum(-1) / self.scale
        return x1 @ x2.transpose(-1, -2) / self.scale


class TanimotoKernel(Kernel):
    r"""`k(x, y) = <x, y> / (<x, x> + <y, y> - <x, y>)`: similarity of composition, in [0, 1]."""

    has_lengthscale = False

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:
        """Return the `n x m` kernel of `n x d` and `m x d` counts (its diagonal if `diag`)."""
        norm1, norm2 = (x1**2).sum(-1), (x2**2).sum(-1)
        if diag:
            shared = (x1 * x2).sum(-1)
            return shared / (norm1 + norm2 - shared).clamp(min=1e-9)
        shared = x1 @ x2.transpose(-1, -2)
        union = norm1[..., :, None] + norm2[..., None, :] - shared
        return shared / union.clamp(min=1e-9)
