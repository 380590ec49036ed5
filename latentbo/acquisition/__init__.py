"""Model and candidates to the next batch."""

from latentbo.acquisition.selection import (
    ACQUISITIONS,
    select,
    select_log_ei,
    select_thompson,
)

__all__ = ["ACQUISITIONS", "select", "select_log_ei", "select_thompson"]
