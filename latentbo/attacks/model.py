"""What an attack sees of a model: codes of images and images of codes, both differentiable."""

from typing import Protocol

from torch import Tensor

__all__ = ["AttackedModel"]


class AttackedModel(Protocol):
    """Any model; each code must depend on its own image only, or attacks would share a problem."""

    def encode(self, images: Tensor, /) -> Tensor:
        """Return the `n x d` codes of `n x …` images in [0, 1]."""

    def decode(self, codes: Tensor, /) -> Tensor:
        """Return the `n x …` images of `n x d` codes."""
