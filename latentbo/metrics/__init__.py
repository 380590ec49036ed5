"""Quality of models' samples and of searches' results: pure functions that return numbers."""

from latentbo.metrics.auc import auc_top
from latentbo.metrics.hits import (
    MAX_SA,
    alert_free_share,
    alerts,
    easy_share,
    internal_diversity,
)
from latentbo.metrics.molecules import (
    exact_reconstruction,
    novelty,
    radical_fraction,
    structure_shares,
    uniqueness,
    validity,
)

__all__ = [
    "MAX_SA",
    "alert_free_share",
    "alerts",
    "auc_top",
    "easy_share",
    "exact_reconstruction",
    "internal_diversity",
    "novelty",
    "radical_fraction",
    "structure_shares",
    "uniqueness",
    "validity",
]
