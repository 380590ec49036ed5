"""L-BFGS-B for each input, with the ball enforced by radial rescaling."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from latentbo.attacks.base import AttackResult, Stopwatch
from latentbo.attacks.budget import Budget, check_inputs
from latentbo.attacks.goals import Goal, Problem
from latentbo.attacks.model import AttackedModel
from latentbo.errors import ConfigurationError


@dataclass(frozen=True)
class QuasiNewton:
    """The published attack: scipy's L-BFGS-B in the box `[-x, 1 - x]`, input by input.

    A perturbation delta longer than the radius is replaced by `radius delta / |delta|`, which lies
    between zero and delta and so in the box too. The published code gives the optimizer the
    gradient at the rescaled point as if it were that at delta; ours is the gradient of the
    composition.

    Args:
        goal: The goal of the attack.
        num_restarts: Random starts per input; published: 1.
        max_iterations: Iterations per start.
        through_projection: False uses the published gradient, which is wrong outside the ball: only
            for comparison.

    Raises:
        ConfigurationError: If a number is not positive.
    """

    goal: Goal
    num_restarts: int = 1
    max_iterations: int = 100
    through_projection: bool = True

    def __post_init__(self) -> None:
        for name in ("num_restarts", "max_iterations"):
            if getattr(self, name) < 1:
                raise ConfigurationError(f"{name} must be at least 1, got {getattr(self, name)}")

    def __call__(
        self, model: AttackedModel, inputs: Tensor, budget: Budget, generator: torch.Generator
    ) -> AttackResult:
        """Attack `n x …` inputs in [0, 1].

        Raises:
            InputError: If the inputs cannot be attacked.
            ConfigurationError: If the budget is not of the Euclidean norm.
        """
        if budget.norm != "euclidean":
            raise ConfigurationError(
                f"L-BFGS-B needs a budget of the Euclidean norm, not {budget.norm!r}: use "
                f"Budget({budget.radius}), or the projected gradient"
            )
        check_inputs(inputs)
        watch = Stopwatch()
        inputs = inputs.detach()
        problem = self.goal.problem(model, inputs)
        searches = [
            _Search(problem.of(row), inputs[row : row + 1], self, budget.radius)
            for row in range(len(inputs))
        ]
        for _ in range(self.num_restarts):
            starts = budget.start(inputs, generator) - inputs
            for search, start in zip(searches, starts, strict=True):
                search.run(start)
        found = torch.cat([search.best for search in searches])
        evaluations = sum(search.evaluations for search in searches) / len(searches)
        names = ("l-bfgs-b", self.goal.name)
        return watch.result(names, problem, inputs, found, budget, evaluations)


class _Search:
    """The search for one input; keeps the best point evaluated."""

    def __init__(
        self, problem: Problem, clean: Tensor, settings: QuasiNewton, radius: float
    ) -> None:
        self.problem = problem
        self.clean = clean
        self.settings = settings
        self.radius = radius
        self.best = clean
        self.least = math.inf
        self.evaluations = 0
        self.unit: float | None = None

    def run(self, start: Tensor) -> None:
        """Minimise from a start, a perturbation in the shape of one input."""
        flat = self.clean.flatten().double().cpu().numpy()
        self.unit = None
        minimize(
            self._loss,
            start.flatten().double().cpu().numpy(),
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([-flat, 1 - flat], axis=1),
            options={"maxiter": self.settings.max_iterations},
        )

    @torch.enable_grad()
    def _loss(self, values: "np.ndarray[Any, Any]") -> tuple[float, "np.ndarray[Any, Any]"]:
        delta = torch.from_numpy(values).to(self.clean).view_as(self.clean).requires_grad_()
        rescaled = delta * (self.radius / delta.norm().clamp_min(self.radius))
        seen = self.clean + rescaled
        loss = self.problem.losses(seen).sum()
        by = delta if self.settings.through_projection else rescaled
        (gradient,) = torch.autograd.grad(loss, by)
        self.evaluations += 1
        value = float(loss.detach())
        if value < self.least:
            self.best, self.least = seen.detach(), value
        if self.unit is None:
            # scipy's tolerances are absolute: with tiny gradients it would stop at once.
            self.unit = float(gradient.abs().max()) or 1.0
        return value / self.unit, (gradient / self.unit).flatten().double().cpu().numpy()
