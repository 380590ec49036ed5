"""The objectives that have a name."""

from latentbo.objectives.base import Objective
from latentbo.objectives.expressions import target_fit
from latentbo.objectives.penalized_logp import penalized_logp
from latentbo.objectives.properties import crippen_logp, drug_likeness, ease_of_synthesis

__all__ = ["DEFAULT_OBJECTIVE", "OBJECTIVES"]

DEFAULT_OBJECTIVE = "penalized-logp"

# Name, function, description.
_MOLECULES = (
    (
        "penalized-logp",
        penalized_logp,
        "logP minus synthetic accessibility minus large rings, standardised over ZINC-250k",
    ),
    ("qed", drug_likeness, "quantitative estimate of drug-likeness, 0 to 1"),
    ("logp", crippen_logp, "octanol-water partition coefficient (Crippen)"),
    ("sa", ease_of_synthesis, "negative synthetic accessibility, -10 to -1 (easy)"),
)
_EXPRESSIONS = (
    (
        "target-fit",
        target_fit,
        "negative log error of an expression's curve against 1/3+x+sin(x*x), 0 at best",
    ),
)

OBJECTIVES: dict[str, Objective] = {
    name: Objective(name, function, description, task)
    for task, objectives in (("molecules", _MOLECULES), ("expressions", _EXPRESSIONS))
    for name, function, description in objectives
}
