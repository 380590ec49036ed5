"""The length of the trust region, folded from the ledger: no state of its own to lose."""

from collections.abc import Sequence

from latentbo.ledger.record import Evaluation
from latentbo.optimizer.config import OptimizationConfig

__all__ = ["trust_region_length"]

GROW, SHRINK, NUM_TOP = 1.1, 0.96, 10


def trust_region_length(
    config: OptimizationConfig, batches: Sequence[Sequence[Evaluation]]
) -> float:
    """Return the length after these batches, in standard deviations of the prior.

    A batch that brings a molecule into the ten best widens the region by 10 %, any other narrows it
    by 4 %. (Widening only on a new best makes the region collapse.)

    Args:
        config: Gives the first, smallest and largest length.
        batches: Evaluations of batch 0 (the initial molecules), 1, 2, … in order.
    """
    length = config.initial_length
    top: list[float] = []
    for number, batch in enumerate(batches):
        values = [row.value for row in batch if row.value is not None]
        threshold = top[-1] if len(top) == NUM_TOP else float("-inf")
        improved = any(value > threshold for value in values)
        top = sorted([*top, *values], reverse=True)[:NUM_TOP]
        if number > 0:
            length *= GROW if improved else SHRINK
            length = min(max(length, config.min_length), config.max_length)
    return length
