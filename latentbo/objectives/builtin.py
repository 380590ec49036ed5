"""The objectives that have a name."""

from latentbo.objectives.base import Objective
from latentbo.objectives.expressions import curve_identity, target_fit
from latentbo.objectives.guacamol import GUACAMOL_GOALS
from latentbo.objectives.guacamol_v1 import GUACAMOL_V1_GOALS
from latentbo.objectives.penalized_logp import penalized_logp, small_penalized_logp
from latentbo.objectives.properties import crippen_logp, drug_likeness, ease_of_synthesis

_PROPERTIES = (
    Objective(
        "penalized-logp",
        penalized_logp,
        "logP minus synthetic accessibility minus large rings, standardised over ZINC-250k",
        "molecules",
    ),
    Objective("qed", drug_likeness, "quantitative estimate of drug-likeness, 0 to 1", "molecules"),
    Objective("logp", crippen_logp, "octanol-water partition coefficient (Crippen)", "molecules"),
    Objective("sa", ease_of_synthesis, "negative synthetic accessibility, -10 to -1", "molecules"),
    Objective(
        "penalized-logp-38",
        small_penalized_logp,
        "penalised logP of molecules of at most 38 heavy atoms; larger ones are refused",
        "molecules",
    ),
    Objective(
        "target-fit",
        target_fit,
        "negative log error of an expression's curve against 1/3+x+sin(x*x), 0 at best",
        "expressions",
        curve_identity,
    ),
)
_GOALS = tuple(
    Objective(goal.name, goal, goal.description, "molecules")
    for goal in (*GUACAMOL_GOALS, *GUACAMOL_V1_GOALS)
)

OBJECTIVES: dict[str, Objective] = {
    objective.name: objective for objective in (*_PROPERTIES, *_GOALS)
}
