"""Pareto fronts and their hypervolume; all scores are maximised.

A row dominates another one if it is as high in every score and higher in one. The hypervolume of a
set is the volume of the points above a reference point that a member of the set dominates.
"""

import warnings

import torch
from torch import Tensor

with warnings.catch_warnings():
    # Importing botorch uses torch.jit.script, for which newer torch warns of deprecation.
    warnings.simplefilter("ignore")
    from botorch.utils.multi_objective import Hypervolume, is_non_dominated


def non_dominated(scores: Tensor) -> Tensor:
    """Tell which rows no other row dominates; of equal rows, all or none.

    Args:
        scores: An `n x m`-dim tensor, finite.

    Returns:
        An `n`-dim boolean tensor.

    Raises:
        ValueError: If `scores` is not a matrix, or not finite.
    """
    mask: Tensor = is_non_dominated(_checked(scores), deduplicate=False)
    return mask


def hypervolume(scores: Tensor, reference: Tensor) -> float:
    """Return the hypervolume of a set.

    Args:
        scores: An `n x m`-dim tensor, finite; dominated rows have no effect.
        reference: An `m`-dim tensor; rows not above it in every score have no effect.

    Raises:
        ValueError: If a tensor has another shape, or is not finite.

    References:
        Fonseca, Paquete, López-Ibáñez, "An improved dimension-sweep algorithm for the hypervolume
        indicator", IEEE CEC 2006 (botorch's implementation, from three scores on).
    """
    scores, reference = _checked(scores), _checked_reference(scores, reference)
    return _volume(scores[(scores > reference).all(dim=1)], reference)


def hypervolume_curve(scores: Tensor, reference: Tensor) -> list[float]:
    """Return the hypervolume of the first row, of the first two, and so on.

    A row `p` that enters the front adds its own box minus the part that others dominate, which is
    the hypervolume of the rows `min(p, q)` for `q` in the front: mostly few. All other rows leave
    the curve unchanged.

    Args:
        scores: An `n x m`-dim tensor, finite, in the order of discovery.
        reference: An `m`-dim tensor.

    Returns:
        The `n` volumes, which never decrease.

    Raises:
        ValueError: If a tensor has another shape, or is not finite.

    References:
        While, Bradstreet, Barone, "A fast way of calculating exact hypervolumes", IEEE Transactions
        on Evolutionary Computation 16, 2012 (exclusive hypervolumes).
    """
    scores, reference = _checked(scores), _checked_reference(scores, reference)
    front, total, curve = scores[:0], 0.0, []
    is_above = (scores > reference).all(dim=1).tolist()
    for row, counts in zip(scores, is_above, strict=True):
        if counts and not (front >= row).all(dim=1).any():
            own = float((row - reference).prod())
            # Rounding can give a tiny negative number.
            total += max(own - _volume(torch.minimum(front, row), reference), 0.0)
            front = torch.cat([front[(front > row).any(dim=1)], row[None]])
        curve.append(total)
    return curve


def _volume(scores: Tensor, reference: Tensor) -> float:
    """Hypervolume of `n x m` double scores above the reference."""
    if not len(scores):
        return 0.0
    if scores.shape[1] == 2:
        # Strips from right to left, each as high as the highest row so far.
        above = scores[scores[:, 0].argsort(descending=True)] - reference
        widths = -above[:, 0].diff(append=above.new_zeros(1))
        return float(widths @ above[:, 1].cummax(dim=0).values)
    return float(Hypervolume(reference).compute(scores[is_non_dominated(scores)]))


def _checked(scores: Tensor) -> Tensor:
    """The scores in double precision."""
    if scores.ndim != 2 or scores.shape[1] < 1:
        raise ValueError(f"scores must be an n x m matrix, got the shape {tuple(scores.shape)}")
    if not scores.isfinite().all():
        raise ValueError("scores must be finite; leave out the rows that failed")
    return scores.double()


def _checked_reference(scores: Tensor, reference: Tensor) -> Tensor:
    if reference.shape != scores.shape[1:]:
        raise ValueError(
            f"the reference must have one number for each of {scores.shape[1]} scores, got the "
            f"shape {tuple(reference.shape)}"
        )
    if not reference.isfinite().all():
        raise ValueError("the reference must be finite")
    return reference.double()
