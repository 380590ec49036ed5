"""Several objectives: Pareto fronts, hypervolume, scalarisation."""

from latentbo.pareto.fronts import hypervolume, hypervolume_curve, non_dominated
from latentbo.pareto.points import Points, points_of
from latentbo.pareto.scalarisation import augmented_chebyshev, draw_weights, unit_scores

__all__ = [
    "Points",
    "augmented_chebyshev",
    "draw_weights",
    "hypervolume",
    "hypervolume_curve",
    "non_dominated",
    "points_of",
    "unit_scores",
]
