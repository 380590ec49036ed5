"""Projected gradient descent with restarts, on all inputs at once."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.attacks.base import AttackResult, Stopwatch
from latentbo.attacks.budget import Budget, check_inputs
from latentbo.attacks.goals import Goal, Problem
from latentbo.attacks.model import AttackedModel
from latentbo.errors import ConfigurationError


@dataclass(frozen=True)
class ProjectedGradient:
    """Gradient steps, each followed by a projection to the budget, from several random starts.

    A step has the same length for every input, `step * radius / num_steps`, falling to zero along
    half a cosine: along the normalised gradient for the Euclidean norm, along its sign for the
    maximum norm. The best point of all steps and starts is kept for each input.

    Args:
        goal: The goal of the attack.
        num_steps: Steps per start.
        num_restarts: Number of starts.
        step: First step in units of `radius / num_steps`.

    Raises:
        ConfigurationError: If a value is not positive.

    References:
        A. Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR 2018.
    """

    goal: Goal
    num_steps: int = 200
    num_restarts: int = 5
    step: float = 10.0

    def __post_init__(self) -> None:
        for name in ("num_steps", "num_restarts", "step"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name} must be positive, got {getattr(self, name)}")

    def __call__(
        self, model: AttackedModel, inputs: Tensor, budget: Budget, generator: torch.Generator
    ) -> AttackResult:
        """Attack `n x …` inputs in [0, 1].

        Raises:
            InputError: If the inputs cannot be attacked.
        """
        check_inputs(inputs)
        watch = Stopwatch()
        inputs = inputs.detach()
        problem = self.goal.problem(model, inputs)
        best, least = inputs, torch.full_like(inputs.flatten(1)[:, 0], math.inf)
        for _ in range(self.num_restarts):
            found = budget.start(inputs, generator)
            for step in range(self.num_steps):
                losses, gradient = _gradient(problem, found)
                best, least = _better(best, least, found, losses)
                share = 0.5 * (1 + math.cos(math.pi * step / self.num_steps))
                length = self.step * budget.radius / self.num_steps * share
                moved = found - length * _direction(gradient, budget.norm)
                found = budget.project(inputs, moved)
            with torch.no_grad():
                best, least = _better(best, least, found, problem.losses(found))
        names = ("projected-gradient", self.goal.name)
        evaluations = float(self.num_steps * self.num_restarts)
        return watch.result(names, problem, inputs, best, budget, evaluations)


@torch.enable_grad()
def _gradient(problem: Problem, inputs: Tensor) -> tuple[Tensor, Tensor]:
    inputs = inputs.detach().requires_grad_()
    losses = problem.losses(inputs)
    # The gradient of the sum at each input is that of the input's own loss.
    (gradient,) = torch.autograd.grad(losses.sum(), inputs)
    return losses.detach(), gradient


def _direction(gradient: Tensor, norm: str) -> Tensor:
    if norm == "maximum":
        return gradient.sign()
    # Scaled by the largest value first: squares of small gradients underflow in single precision.
    flat = gradient.flatten(1)
    tiny = torch.finfo(flat.dtype).tiny
    flat = flat / flat.abs().amax(1, keepdim=True).clamp_min(tiny)
    return torch.nn.functional.normalize(flat, dim=1).view_as(gradient)


def _better(best: Tensor, least: Tensor, found: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
    improved = losses < least
    shape = (-1, *[1] * (best.ndim - 1))
    return torch.where(improved.view(shape), found, best), torch.where(improved, losses, least)
