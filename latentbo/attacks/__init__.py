"""Attacks: small changes of inputs that move codes or reconstructions far away."""

from latentbo.attacks.base import Attack, AttackRecord, AttackResult
from latentbo.attacks.budget import NORMS, UNLIMITED, Budget
from latentbo.attacks.fast_gradient import FastGradientSign, fast_gradient_sign
from latentbo.attacks.goals import DamageGoal, Goal, LatentGoal, Problem, ShiftGoal
from latentbo.attacks.model import AttackedModel
from latentbo.attacks.projected_gradient import ProjectedGradient
from latentbo.attacks.quasi_newton import QuasiNewton
from latentbo.attacks.strongest import StrongestOf, strongest
from latentbo.attacks.targets import other_class

__all__ = [
    "NORMS",
    "UNLIMITED",
    "Attack",
    "AttackRecord",
    "AttackResult",
    "AttackedModel",
    "Budget",
    "DamageGoal",
    "FastGradientSign",
    "Goal",
    "LatentGoal",
    "Problem",
    "ProjectedGradient",
    "QuasiNewton",
    "ShiftGoal",
    "StrongestOf",
    "fast_gradient_sign",
    "other_class",
    "strongest",
]
