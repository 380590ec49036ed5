"""Quality of what models produce: pure functions that return numbers."""

from latentbo.metrics.molecules import (
    exact_reconstruction,
    novelty,
    radical_fraction,
    uniqueness,
    validity,
)

__all__ = ["exact_reconstruction", "novelty", "radical_fraction", "uniqueness", "validity"]
