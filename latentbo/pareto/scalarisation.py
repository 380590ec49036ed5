"""Scalarisation of several scores, with weights that change from step to step.

For every weighting the best row is on the front, and different weights prefer different parts of
it: an optimizer of one number with new weights at every step explores the whole front.
"""

import torch
from torch import Tensor

#: Share of the weighted sum, as in ParEGO.
AUGMENTATION = 0.05


def draw_weights(number: int, seed: int) -> Tensor:
    """Draw weights above 0 whose sum is 1, uniformly on this simplex.

    Args:
        number: Number of weights, at least 1.
        seed: Equal seeds give equal weights.

    Returns:
        A double tensor.

    Raises:
        ValueError: If `number` is below 1.
    """
    if number < 1:
        raise ValueError(f"there must be at least one weight, got {number}")
    generator = torch.Generator().manual_seed(seed)
    uniform = torch.rand(number, generator=generator, dtype=torch.float64)
    # Normalised exponential variables are uniform on the simplex; none may be 0 or infinite.
    waiting = -uniform.clamp(1e-12, 1 - 1e-12).log()
    return waiting / waiting.sum()


def unit_scores(scores: Tensor) -> Tensor:
    """Scale each score to [0, 1] by its range among the rows; 1 where all rows are equal.

    Args:
        scores: An `n x m`-dim tensor, finite.

    Returns:
        An `n x m`-dim double tensor.

    Raises:
        ValueError: If `scores` is not a matrix, or not finite.
    """
    if scores.ndim != 2 or not scores.isfinite().all():
        raise ValueError(
            f"scores must be a finite n x m matrix, got the shape {tuple(scores.shape)}"
        )
    scores = scores.double()
    if not len(scores):
        return scores
    low, high = scores.amin(dim=0), scores.amax(dim=0)
    # Halved, so that the range of huge scores is finite.
    span = high / 2 - low / 2
    unit = (scores / 2 - low / 2) / torch.where(span > 0, span, 1.0)
    return torch.where(span > 0, unit, 1.0)


def augmented_chebyshev(scores: Tensor, weights: Tensor) -> Tensor:
    r"""Return the augmented Chebyshev scalarisation of rows; higher is better.

    With the costs `c_j = 1 - s_j` of scaled scores, `-(max_j w_j c_j + 0.05 sum_j w_j c_j)`: the
    worst weighted distance to the best score decides, and the sum breaks ties, so that the best row
    is never dominated.

    Args:
        scores: An `n x m`-dim tensor in [0, 1]; see `unit_scores`.
        weights: An `m`-dim tensor, above 0.

    Returns:
        An `n`-dim double tensor in [-1.05, 0].

    Raises:
        ValueError: If the shapes do not fit, or a weight is not above 0.

    References:
        Knowles, "ParEGO: a hybrid algorithm with on-line landscape approximation for expensive
        multiobjective optimization problems", IEEE Transactions on Evolutionary Computation 10,
        2006, eq. 2.
    """
    if scores.ndim != 2 or weights.shape != scores.shape[1:]:
        raise ValueError(
            f"scores must be n x m and weights m, got the shapes {tuple(scores.shape)} and "
            f"{tuple(weights.shape)}"
        )
    if not (weights > 0).all():
        raise ValueError(f"weights must be above 0, got {weights.tolist()}")
    costs = weights.double() * (1.0 - scores.double())
    return -(costs.amax(dim=1) + AUGMENTATION * costs.sum(dim=1))
