"""An independent judge of count-conditioned GANs, and its measurements."""

from latentbo.counting.diagnostics.judge import LEAST_EXACT, Judge, load_judge
from latentbo.counting.diagnostics.measuring import (
    CountMeasurement,
    by_combination,
    extrapolate,
    measure_counts,
)

__all__ = [
    "LEAST_EXACT",
    "CountMeasurement",
    "Judge",
    "by_combination",
    "extrapolate",
    "load_judge",
    "measure_counts",
]
