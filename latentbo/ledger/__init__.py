"""The ledger of a run: proposals, evaluations and steps, and their file."""

from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import (
    BOUND,
    INITIAL,
    MEASURED,
    RETRY,
    Evaluation,
    Proposal,
    Status,
    StepRecord,
    Suggestion,
)

__all__ = [
    "BOUND",
    "INITIAL",
    "MEASURED",
    "RETRY",
    "Evaluation",
    "Ledger",
    "Proposal",
    "Status",
    "StepRecord",
    "Suggestion",
]
