"""Metrics of counting: accuracy, histograms, figures."""

from latentbo.counting.metrics.accuracy import (
    CountAccuracy,
    constant_accuracy,
    count_accuracy,
    count_table,
)
from latentbo.counting.metrics.figures import count_histograms, extrapolation_figure

__all__ = [
    "CountAccuracy",
    "constant_accuracy",
    "count_accuracy",
    "count_histograms",
    "count_table",
    "extrapolation_figure",
]
