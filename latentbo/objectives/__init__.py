"""From a string to a number, always maximised: built-in objectives and the user's own."""

from latentbo.objectives.base import Objective, ObjectiveValueError, as_value
from latentbo.objectives.builtin import DEFAULT_OBJECTIVE, OBJECTIVES
from latentbo.objectives.evaluation import Outcome, describe_exception, evaluate
from latentbo.objectives.expressions import fit_error, target_fit
from latentbo.objectives.goals import Goal
from latentbo.objectives.labels import score_all, worst_part
from latentbo.objectives.penalized_logp import penalized_logp, small_penalized_logp
from latentbo.objectives.properties import crippen_logp, drug_likeness, ease_of_synthesis
from latentbo.objectives.targets import targets
from latentbo.objectives.user import load_objective

__all__ = [
    "DEFAULT_OBJECTIVE",
    "OBJECTIVES",
    "Goal",
    "Objective",
    "ObjectiveValueError",
    "Outcome",
    "as_value",
    "crippen_logp",
    "describe_exception",
    "drug_likeness",
    "ease_of_synthesis",
    "evaluate",
    "fit_error",
    "load_objective",
    "penalized_logp",
    "score_all",
    "small_penalized_logp",
    "target_fit",
    "targets",
    "worst_part",
]
