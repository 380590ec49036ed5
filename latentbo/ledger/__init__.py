"""What a run remembers: proposals, evaluations and steps, and the file that holds them."""

from latentbo.ledger.ledger import Ledger
from latentbo.ledger.record import Evaluation, Proposal, Status, StepRecord, Suggestion

__all__ = ["Evaluation", "Ledger", "Proposal", "Status", "StepRecord", "Suggestion"]
