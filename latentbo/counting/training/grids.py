"""Pictures of a count-conditioned GAN's samples: one row per requested vector of counts."""

import torch
from torch import Tensor

from latentbo.counting.models import TrainedCountGAN
from latentbo.images.training.grids import grid_png

NUM_ROWS, NUM_COLUMNS = 12, 10


def grid_counts(counts: Tensor, num_rows: int = NUM_ROWS) -> Tensor:
    """Choose vectors to draw: all distinct rows of `n x k` counts, or evenly spaced ones.

    Returns:
        An `r x k`-dim tensor in lexicographic order, r at most `num_rows`.
    """
    distinct = torch.unique(counts, dim=0)
    if len(distinct) <= num_rows:
        return distinct
    return distinct[torch.linspace(0, len(distinct) - 1, num_rows).round().long()]


def count_grid(
    model: TrainedCountGAN,
    vectors: Tensor,
    num_columns: int = NUM_COLUMNS,
    seed: int = 0,
    truncation: float = 1.0,
) -> bytes:
    """Draw samples, one row per vector of counts (`r x k`), with the same noise in each row.

    Args:
        model: The model.
        vectors: An `r x k`-dim tensor.
        num_columns: Images per row.
        seed: Of the noise.
        truncation: Share of a style's distance from its mean that is kept.

    Returns:
        A PNG file.
    """
    # Rows that differ in the counts only show the effect of the counts.
    rows = [
        model.sample(vector.repeat(num_columns, 1), torch.Generator().manual_seed(seed), truncation)
        for vector in vectors
    ]
    return grid_png(torch.stack(rows))
