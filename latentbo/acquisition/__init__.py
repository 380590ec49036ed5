"""Model and candidates to the next batch."""

from latentbo.acquisition.believer import (
    BelievedPosterior,
    believer_batch,
    log_expected_improvement,
)
from latentbo.acquisition.selection import (
    ACQUISITIONS,
    select,
    select_log_ei,
    select_thompson,
)

__all__ = [
    "ACQUISITIONS",
    "BelievedPosterior",
    "believer_batch",
    "log_expected_improvement",
    "select",
    "select_log_ei",
    "select_thompson",
]
