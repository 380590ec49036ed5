"""The split of the data into training and held-out strings."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import DataError


@dataclass(frozen=True)
class Split:
    """Row numbers of the training, test (final measurement) and validation strings."""

    training: Tensor
    test: Tensor
    validation: Tensor


def split_rows(num_rows: int, held_out: int, seed: int) -> Split:
    """Choose held-out rows at random: the first half is the test, the second the validation.

    Raises:
        DataError: If fewer than two rows would remain for training.
    """
    if num_rows < held_out + 2:
        raise DataError(
            f"{num_rows} usable strings are too few with {held_out} held out: give more data, or "
            f"a smaller --held-out"
        )
    generator = torch.Generator().manual_seed(seed & (2**63 - 1))
    order = torch.randperm(num_rows, generator=generator)
    half = held_out // 2
    return Split(order[held_out:], order[:half], order[half:held_out])
