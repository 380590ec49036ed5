"""New codes from the codes of the best molecules, within the trust region.

Three moves: a Gaussian step, a point between two parents, a mix of the coordinates of two parents.
Every result is kept within three trust-region lengths of its (first) parent, coordinate by
coordinate.
"""

import torch
from torch import Tensor

__all__ = ["local_moves", "rank_weights"]

SHARES = {"step": 0.5, "between": 0.25, "crossover": 0.25}


def rank_weights(num_parents: int) -> Tensor:
    """Return the probabilities of parents sorted best first: proportional to 1 / (rank + 5)."""
    weights = 1.0 / (torch.arange(num_parents, dtype=torch.float64) + 5.0)
    return weights / weights.sum()


def local_moves(
    parents: Tensor, num_codes: int, length: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw new codes around parents.

    Args:
        parents: An `m x d`-dim tensor of codes, best first, in units of the prior's standard
            deviation.
        num_codes: Number of codes to draw.
        length: Length of the trust region, in the same unit.
        generator: Draws everything.

    Returns:
        A `num_codes x d`-dim tensor of codes, and the `num_codes`-dim row numbers of their (first)
        parents.
    """
    weights = rank_weights(len(parents))
    first = torch.multinomial(weights, num_codes, True, generator=generator)
    second = torch.multinomial(weights, num_codes, True, generator=generator)
    a, b = parents[first], parents[second]
    uniform = torch.rand(num_codes, 1, generator=generator, dtype=a.dtype)
    mixed = torch.rand(a.shape, generator=generator, dtype=a.dtype) < 0.5
    noise = torch.randn(a.shape, generator=generator, dtype=a.dtype)
    # Log-uniform in [0.3, 1.5]: some steps stay close, some leave the neighbourhood.
    spread = torch.rand(num_codes, 1, generator=generator, dtype=a.dtype)
    sigma = length * 0.3 * 5.0**spread
    kind = torch.rand(num_codes, 1, generator=generator, dtype=a.dtype)
    step = a + sigma * noise
    between = a + uniform * (b - a) + 0.3 * sigma * noise
    crossover = torch.where(mixed, a, b) + 0.3 * sigma * noise
    codes = torch.where(kind < SHARES["step"], step, between)
    codes = torch.where(kind >= SHARES["step"] + SHARES["between"], crossover, codes)
    return torch.maximum(torch.minimum(codes, a + 3 * length), a - 3 * length), first
