"""Constraints on molecules that cost no call: patterns, properties, alerts, a lead."""

from latentbo.chemistry.constraints.checks import (
    ALERTS,
    SIMILARITY,
    Limit,
    alert_catalogue,
    pattern,
)
from latentbo.chemistry.constraints.constraints import (
    CONSTRAINT_KEYS,
    Constraints,
    load_constraints,
)
from latentbo.chemistry.constraints.together import AllRules, MoleculeRules

__all__ = [
    "ALERTS",
    "CONSTRAINT_KEYS",
    "SIMILARITY",
    "AllRules",
    "Constraints",
    "Limit",
    "MoleculeRules",
    "alert_catalogue",
    "load_constraints",
    "pattern",
]
