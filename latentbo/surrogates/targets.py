"""Objective values to the targets of a Gaussian process, and back."""

import torch
from torch import Tensor

# Larger values are clipped, so that their squares fit in a double.
LARGEST = 1e150
# Values count as constant below this standard deviation, relative to the largest.
ROUNDING = 1e-13
# The standard deviation of a normal distribution in units of its median absolute deviation.
NORMAL = 1.4826


def winsorized(values: Tensor) -> Tensor:
    """Raise values far below the rest to 3 robust standard deviations below the median.

    A few very bad molecules would otherwise set the scale of the standardised targets, and their
    order does not matter to a search. Values above are unchanged; all are if more than half are
    equal.

    Args:
        values: An `n`-dim tensor, n >= 1.
    """
    median = values.median()
    deviation = NORMAL * (values - median).abs().median()
    if deviation == 0:
        return values
    return values.clamp(min=float(median - 3 * deviation))


def standardized_targets(values: Tensor) -> tuple[Tensor, float, float]:
    """Return targets of mean 0 and standard deviation 1, with the center and unit to invert it.

    Args:
        values: An `n`-dim tensor of finite values in any unit, n >= 1.

    Returns:
        The `n` targets as doubles, the center and the unit: `center + unit * targets` are the
        winsorised values. Constant values give targets 0 and unit 1.
    """
    values = winsorized(values.double().clamp(-LARGEST, LARGEST))
    # Scaled by the largest, so that no square underflows or overflows a double.
    largest = float(values.abs().max()) or 1.0
    scaled = values / largest
    center = scaled.mean()
    deviation = float((scaled - center).square().mean().sqrt())
    if deviation <= ROUNDING:
        return torch.zeros_like(values), float(center) * largest, 1.0
    return (scaled - center) / deviation, float(center) * largest, deviation * largest
