"""Speed of a search: the area under the curve of the best values."""

import math
from collections.abc import Sequence
from heapq import nlargest

from latentbo.errors import InputError


def auc_top(values: Sequence[float | None], top: int, budget: int, every: int = 100) -> float:
    """Return the normalised area under the running mean of the best values.

    The mean is taken at each multiple of `every` oracle calls and at the last one. These points are
    joined by straight lines, from 0 at call 0, and the last mean is held to the budget; the area is
    divided by the budget. So the result has the unit of the values; it compares runs only if 0 is
    the worst value.

    Args:
        values: The values of distinct molecules in the order of the oracle calls, None for failed
            calls, which count as calls but not in a mean. Calls beyond the budget are ignored.
        top: Number of best values to average; while there are fewer, the mean is over all of them,
            and 0 over none.
        budget: Oracle calls of the run's budget.
        every: Oracle calls between two points of the curve.

    Raises:
        InputError: If `top`, `budget` or `every` is below 1.

    References:
        Gao et al., "Sample Efficiency Matters: A Benchmark for Practical Molecular Optimization",
        NeurIPS 2022; the details are those of their repository mol_opt.
    """
    for name, number in (("top", top), ("budget", budget), ("every", every)):
        if number < 1:
            raise InputError(f"auc_top() needs {name} to be at least 1, not {number}")
    made = values[:budget]
    best: list[float] = []
    area = mean = 0.0
    for start in range(0, len(made), every):
        part = made[start : start + every]
        best = nlargest(top, [*best, *(value for value in part if value is not None)])
        # Divided first: sums of the largest floats, which old ledgers hold, would overflow.
        previous, mean = mean, math.fsum(value / len(best) for value in best)
        area += len(part) / budget * (previous / 2 + mean / 2)
    return area + (budget - len(made)) / budget * mean
