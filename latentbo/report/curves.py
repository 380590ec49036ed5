"""The two curves that compare optimizers, as pure functions of the values in call order."""

import heapq
import math
from collections.abc import Sequence


def best_so_far(values: Sequence[float | None]) -> list[float]:
    """The best value after each call.

    Args:
        values: The `n` values in the order of the calls, None for failed calls.

    Returns:
        The `n` running maxima; NaN up to the first call that did not fail.
    """
    return top_mean(values, 1)


def top_mean(values: Sequence[float | None], count: int) -> list[float]:
    """The mean of the best values after each call, the curve under which PMO takes the area.

    Args:
        values: The `n` values in the order of the calls, None for failed calls.
        count: How many of the best to average; while there are fewer, the mean is over all of them.

    Returns:
        The `n` running means; NaN up to the first call that did not fail.

    Raises:
        ValueError: If `count` is below 1.

    References:
        Gao et al., "Sample Efficiency Matters: A Benchmark for Practical Molecular Optimization",
        NeurIPS 2022.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    best: list[float] = []  # a heap: its first entry is the smallest
    means = []
    for value in values:
        if value is not None and len(best) < count:
            heapq.heappush(best, value)
        elif value is not None:
            heapq.heappushpop(best, value)
        means.append(_mean(best) if best else math.nan)
    return means


def _mean(values: Sequence[float]) -> float:
    try:
        # Exact before its one rounding, so the order of the heap leaves no trace.
        return math.fsum(values) / len(values)
    except OverflowError:  # ledgers of earlier versions hold the largest floats
        return math.fsum(value / len(values) for value in values)
