"""New codes from the codes of the best molecules, within the trust region.

Four moves: a Gaussian step, a step up the surrogate's gradient, a point between two parents, a mix
of the coordinates of two parents. Every result is kept within three trust-region lengths of its
(first) parent, coordinate by coordinate.
"""

import torch
from torch import Tensor

# Shares of step, ascent, between and crossover; without gradients, ascents are steps.
SHARES = torch.tensor([0.3, 0.3, 0.2, 0.2], dtype=torch.float64)


def rank_weights(num_parents: int) -> Tensor:
    """Return the probabilities of parents sorted best first: proportional to 1 / (rank + 5)."""
    weights = 1.0 / (torch.arange(num_parents, dtype=torch.float64) + 5.0)
    return weights / weights.sum()


def local_moves(
    parents: Tensor,
    num_codes: int,
    length: float,
    generator: torch.Generator,
    gradients: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw new codes around parents.

    Args:
        parents: An `m x d`-dim tensor of codes, best first, in units of the prior's standard
            deviation.
        num_codes: Number of codes to draw.
        length: Length of the trust region, in the same unit.
        generator: Draws everything.
        gradients: The surrogate's gradients at the parents, `m x d`; only their directions count.
            In many dimensions a random step hardly ever points uphill; this one does.

    Returns:
        A `num_codes x d`-dim tensor of codes, and the `num_codes`-dim row numbers of their (first)
        parents.
    """
    weights = rank_weights(len(parents))
    first = torch.multinomial(weights, num_codes, True, generator=generator)
    second = torch.multinomial(weights, num_codes, True, generator=generator)
    a, b = parents[first], parents[second]
    noise = torch.randn(a.shape, generator=generator, dtype=a.dtype)
    uniform, spread = torch.rand(2, num_codes, 1, generator=generator, dtype=a.dtype)
    mixed = torch.rand(a.shape, generator=generator, dtype=a.dtype) < 0.5
    # Log-uniform in [0.3, 1.5]: some steps stay close, some leave the neighbourhood.
    sigma = length * 0.3 * 5.0**spread
    step = a + sigma * noise
    ascent = step
    if gradients is not None:
        uphill = torch.nn.functional.normalize(gradients.to(a.dtype), dim=1)[first]
        # A noise step of `sigma` a coordinate has this length, too.
        ascent = a + sigma * a.shape[1] ** 0.5 * uniform * uphill + 0.3 * sigma * noise
    between = a + uniform * (b - a) + 0.3 * sigma * noise
    crossover = torch.where(mixed, a, b) + 0.3 * sigma * noise
    kinds = torch.multinomial(SHARES, num_codes, True, generator=generator)
    codes = torch.stack([step, ascent, between, crossover])[kinds, torch.arange(num_codes)]
    return torch.maximum(torch.minimum(codes, a + 3 * length), a - 3 * length), first
