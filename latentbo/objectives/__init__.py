"""From a string to a number, always maximised: built-in objectives and the user's own."""

from typing import TYPE_CHECKING, Any

from latentbo.objectives.base import Objective, ObjectiveValueError, as_value
from latentbo.objectives.builtin import OBJECTIVES
from latentbo.objectives.by_hand import BY_HAND, measured_by_hand
from latentbo.objectives.evaluation import Outcome, describe_exception, evaluate
from latentbo.objectives.expressions import fit_error, target_fit
from latentbo.objectives.goals import Goal
from latentbo.objectives.penalized_logp import penalized_logp, small_penalized_logp
from latentbo.objectives.properties import crippen_logp, drug_likeness, ease_of_synthesis
from latentbo.objectives.resolve import objective_from
from latentbo.objectives.sources import (
    DEFAULT_TIME_LIMIT,
    MINIMIZE,
    OBJECTIVE_FORMS,
    CallError,
    CallPlace,
    anchor_objective,
    calling,
    files_of_calls,
    with_headers,
)
from latentbo.objectives.targets import targets
from latentbo.objectives.terms import (
    Combination,
    DetailedOutcome,
    TermValue,
    constraints_of,
    evaluate_in_detail,
)
from latentbo.objectives.user import load_objective

if TYPE_CHECKING:
    from latentbo.objectives.labels import score_all, worst_part

__all__ = [
    "BY_HAND",
    "DEFAULT_TIME_LIMIT",
    "MINIMIZE",
    "OBJECTIVES",
    "OBJECTIVE_FORMS",
    "CallError",
    "CallPlace",
    "Combination",
    "DetailedOutcome",
    "Goal",
    "Objective",
    "ObjectiveValueError",
    "Outcome",
    "TermValue",
    "anchor_objective",
    "as_value",
    "calling",
    "constraints_of",
    "crippen_logp",
    "describe_exception",
    "drug_likeness",
    "ease_of_synthesis",
    "evaluate",
    "evaluate_in_detail",
    "files_of_calls",
    "fit_error",
    "load_objective",
    "measured_by_hand",
    "objective_from",
    "penalized_logp",
    "score_all",
    "small_penalized_logp",
    "target_fit",
    "targets",
    "with_headers",
    "worst_part",
]


def __getattr__(name: str) -> Any:
    """Import what needs torch when it is asked for: workers that only score do without."""
    if name in ("score_all", "worst_part"):
        from latentbo.objectives import labels  # noqa: PLC0415

        return getattr(labels, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
