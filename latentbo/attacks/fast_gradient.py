"""The attack in training: one signed gradient step from a random start (eq. 5.1)."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from latentbo.attacks.base import AttackResult, Stopwatch
from latentbo.attacks.budget import Budget, check_inputs
from latentbo.attacks.goals import Goal, ShiftGoal
from latentbo.attacks.model import AttackedModel
from latentbo.errors import ConfigurationError


def fast_gradient_sign(
    encode: Callable[[Tensor], Tensor],
    inputs: Tensor,
    codes: Tensor,
    budget: Budget,
    generator: torch.Generator | None = None,
    step_share: float = 1.25,
) -> Tensor:
    """Return attacked inputs, whose codes moved away, at the cost of one encoder gradient.

    From a uniform start in the ball, one step along the sign of the gradient of the squared
    distance of codes, then the nearest point within ball and range. It does not measure anything or
    synchronise with the device, as suits a training step.

    Args:
        encode: Differentiable function from inputs to `n x d` codes.
        inputs: An `n x …`-dim tensor within the budget's limits.
        codes: Codes of the inputs, constants.
        budget: Of the maximum norm; epsilon is its radius.
        generator: Source of the random start.
        step_share: Length of the step as a share of the radius; published: 0.375 for 0.3.

    Returns:
        Perturbed inputs of the same shape, without a gradient.

    References:
        E. Wong, L. Rice and J. Z. Kolter, "Fast is better than free", ICLR 2020; A. Saseendran,
        thesis, University of Siegen, 2023, section 5.3.2.
    """
    anchors = codes.detach()
    return _step(
        lambda perturbed: (encode(perturbed) - anchors).flatten(1).square().sum(1),
        inputs,
        budget,
        generator,
        step_share,
    )


@dataclass(frozen=True)
class FastGradientSign:
    """Fast-FGSM as an attack with a record, for any goal.

    Args:
        goal: The goal of the attack; by default codes unlike the clean ones, as in training.
        step_share: Length of the step as a share of the radius.

    Raises:
        ConfigurationError: If the step is not positive.
    """

    goal: Goal = field(default_factory=ShiftGoal)
    step_share: float = 1.25

    def __post_init__(self) -> None:
        if not self.step_share > 0:
            raise ConfigurationError(f"step_share must be positive, got {self.step_share}")

    def __call__(
        self, model: AttackedModel, inputs: Tensor, budget: Budget, generator: torch.Generator
    ) -> AttackResult:
        """Attack `n x …` inputs in [0, 1].

        Raises:
            InputError: If the inputs cannot be attacked.
            ConfigurationError: If the budget is not of the maximum norm.
        """
        check_inputs(inputs)
        watch = Stopwatch()
        problem = self.goal.problem(model, inputs)
        found = _step(
            lambda perturbed: -problem.losses(perturbed), inputs, budget, generator, self.step_share
        )
        names = ("fast-gradient-sign", self.goal.name)
        return watch.result(names, problem, inputs, found, budget, 1.0)


def _step(
    gains: Callable[[Tensor], Tensor],
    inputs: Tensor,
    budget: Budget,
    generator: torch.Generator | None,
    step_share: float,
) -> Tensor:
    if budget.norm != "maximum":
        raise ConfigurationError(
            f"a step along the sign of a gradient needs a budget of the maximum norm, "
            f"not {budget.norm!r}: use Budget({budget.radius}, 'maximum')"
        )
    inputs = inputs.detach()
    with torch.enable_grad():
        start = budget.start(inputs, generator).requires_grad_()
        (gradient,) = torch.autograd.grad(gains(start).sum(), start)
    moved = start.detach() + step_share * budget.radius * gradient.sign()
    return budget.confine(inputs, moved)
