"""The output of an encoder for a batch: the input of every regularizer."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Encoding:
    """Codes of a batch of n inputs in d dimensions.

    Args:
        codes: An `n x d`-dim tensor: the input of the regularizer and, with noise added, of the
            decoder; for a variational encoder a sample.
        mean: An `n x d`-dim tensor: the most likely code of each input.
        log_variance: An `n x d`-dim tensor for a variational encoder, None for a deterministic one.

    Raises:
        ValueError: If the shapes differ or are not `n x d`.
    """

    codes: Tensor
    mean: Tensor
    log_variance: Tensor | None = None

    def __post_init__(self) -> None:
        shapes = [tuple(tensor.shape) for tensor in self._tensors()]
        if self.codes.ndim != 2 or len(set(shapes)) > 1:
            raise ValueError(f"codes, mean and log_variance must all be n x d, got {shapes}")

    def in_full_precision(self) -> "Encoding":
        """Return the encoding in at least float32."""
        if self.codes.dtype not in (torch.float16, torch.bfloat16):
            return self
        return Encoding(*(tensor.float() for tensor in self._tensors()))

    def _tensors(self) -> list[Tensor]:
        tensors = [self.codes, self.mean]
        return tensors if self.log_variance is None else [*tensors, self.log_variance]
