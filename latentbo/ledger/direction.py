"""The direction of a run's values: all are maximised, so that the ledger may hold minus them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from latentbo.ledger.record import BOUND, Evaluation, Proposal

#: Name of the setting, and what it says where the smallest values are the best.
DIRECTION, MINIMIZED = "direction", "minimize"
Proposed = TypeVar("Proposed", bound=Proposal)
# What the objective of a run begins with that calls a function.
_PREFIX = f"{MINIMIZED}:"


def is_minimized(config: Mapping[str, Any]) -> bool:
    """Tell whether the smallest of the user's values are the best; then the run holds minus them.

    Args:
        config: The run's settings.
    """
    asked = config.get(DIRECTION) == MINIMIZED
    return asked or str(config.get("objective", "")).startswith(_PREFIX)


def negated_proposal(proposal: Proposed) -> Proposed:
    """Return a proposal whose prediction has the other sign."""
    details = dict(proposal.details)
    if details.get("predicted") is not None:
        details["predicted"] = -details["predicted"]
    return replace(proposal, details=details)


def negated_evaluation(row: Evaluation) -> Evaluation:
    """Return an evaluation whose value, bound and prediction have the other sign."""
    terms = row.terms
    if row.bound is not None:
        bound = row.bound.negated
        terms = {**terms, BOUND: {bound.sign: bound.number}}
    value = None if row.value is None else -row.value
    return negated_proposal(replace(row, value=value, terms=terms))
