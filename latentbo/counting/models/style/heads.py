"""Inputs of counts to the discriminators of other methods: mapped or embedded counts."""

import math

import torch
from torch import Tensor, nn

from latentbo.counting.models.style.layers import EqualizedLinear
from latentbo.counting.models.style.mapping import normalized, scaled_counts


def unit(values: Tensor) -> Tensor:
    """Scale the rows of `n x d` values to norm 1."""
    return nn.functional.normalize(values, dim=1)


class MappedCounts(nn.Module):
    """Realness of an image with these counts: an inner product of features and mapped counts.

    Args:
        width: Number of features.
        num_classes: Of the counts.
        max_count: Count scaled to 1.
    """

    def __init__(self, width: int, num_classes: int, max_count: int) -> None:
        super().__init__()
        self.max_count = max_count
        self.first = EqualizedLinear(num_classes, width, activated=True)
        self.second = EqualizedLinear(width, width)
        self.features = EqualizedLinear(width, width)

    def forward(self, features: Tensor, counts: Tensor) -> Tensor:
        """Return logits, `n`, of `n x width` features and `n x k` counts."""
        mapped = self.second(self.first(scaled_counts(counts, self.max_count)))
        products = self.features(features).float() * normalized(mapped.float())
        return products.sum(1) / math.sqrt(products.shape[1])


class CountEmbedding(nn.Module):
    """Learned vectors of each count of each class; their sum represents all counts.

    Args:
        width: Size of the vectors.
        num_classes: Of the counts.
        max_count: Largest count with its own vector; larger counts share it.
    """

    def __init__(self, width: int, num_classes: int, max_count: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.randn(num_classes, max_count + 1, width))

    def forward(self, counts: Tensor) -> Tensor:
        """Return `n x width` vectors, of entries about 1, of `n x k` whole counts."""
        k, known, _ = self.vectors.shape
        places = counts.long().clamp(0, known - 1)
        chosen = self.vectors[torch.arange(k, device=counts.device), places]
        return chosen.sum(1) / math.sqrt(k)
