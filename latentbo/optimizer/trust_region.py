"""The length of the trust region, reconstructed from the ledger."""

from collections.abc import Sequence

from latentbo.ledger.record import Evaluation
from latentbo.optimizer.config import OptimizationConfig
from latentbo.optimizer.history import with_thresholds

GROW, SHRINK = 1.1, 0.96


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
    for number, (batch, threshold) in enumerate(with_thresholds(batches)):
        if number > 0:
            improved = any(row.value is not None and row.value > threshold for row in batch)
            length *= GROW if improved else SHRINK
            length = min(max(length, config.min_length), config.max_length)
    return length
