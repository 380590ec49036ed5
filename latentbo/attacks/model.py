"""The interface of an attacked model: differentiable encoding and decoding of images."""

from typing import Protocol

from torch import Tensor


class AttackedModel(Protocol):
    """Any model whose codes depend on their own image only, so that attacks are independent."""

    def encode(self, images: Tensor, /) -> Tensor:
        """Return the `n x d` codes of `n x …` images in [0, 1]."""

    def decode(self, codes: Tensor, /) -> Tensor:
        """Return the `n x …` images of `n x d` codes."""
