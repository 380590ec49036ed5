"""Several objectives as one: terms with transforms and weights, from a TOML file."""

from latentbo.objectives.term import Term
from latentbo.objectives.terms.combination import (
    PARETO,
    Combination,
    CombinationKind,
    DetailedOutcome,
    TermValue,
    evaluate_in_detail,
    weighted_mean,
)
from latentbo.objectives.terms.files import constraints_of, is_combination, load_combination
from latentbo.objectives.transforms import TRANSFORMS, Transform, transform_from

__all__ = [
    "PARETO",
    "TRANSFORMS",
    "Combination",
    "CombinationKind",
    "DetailedOutcome",
    "Term",
    "TermValue",
    "Transform",
    "constraints_of",
    "evaluate_in_detail",
    "is_combination",
    "load_combination",
    "transform_from",
    "weighted_mean",
]
