"""The interface of attacks: arguments, result and record."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from latentbo.attacks.budget import Budget
from latentbo.attacks.goals import Problem
from latentbo.attacks.model import AttackedModel


@dataclass(frozen=True, eq=False)
class AttackRecord:
    """The record of an attack on n inputs; tensors are on the inputs' device.

    Args:
        attack: Name of the attack.
        goal: Name of the goal.
        maximised: Whether the goal is large losses.
        losses: An `n`-dim tensor: the published objective, a distance, of the returned inputs.
        references: An `n`-dim tensor of clean distances (see the goals): the scales of latent
            spaces differ, so compare `relative_losses` across models.
        norms: An `n`-dim tensor: norms of the perturbations, at most the budget's radius.
        evaluations: Mean number of gradients of the model per input.
        seconds: Total time for all inputs.
        parts: Name of an attack -> its record, if the strongest of several was kept.
        chosen: An `n`-dim tensor of positions in `parts`, or None.
    """

    attack: str
    goal: str
    maximised: bool
    losses: Tensor
    references: Tensor
    norms: Tensor
    evaluations: float
    seconds: float
    parts: Mapping[str, "AttackRecord"] = field(default_factory=dict)
    chosen: Tensor | None = None

    @property
    def relative_losses(self) -> Tensor:
        """Losses divided by the references, `n`; NaN for a single input without reference."""
        return self.losses / self.references


@dataclass(frozen=True, eq=False)
class AttackResult:
    """Perturbed inputs (`n x …`, within the budget) and the record of the attack."""

    inputs: Tensor
    record: AttackRecord


class Attack(Protocol):
    """Perturbs each of n inputs independently."""

    def __call__(
        self, model: AttackedModel, inputs: Tensor, budget: Budget, generator: torch.Generator
    ) -> AttackResult:
        """Attack `n x …` inputs in [0, 1]; the generator is the source of all random starts."""


class Stopwatch:
    """Measures the time since its creation, and builds the result of an attack."""

    def __init__(self) -> None:
        self.start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Time in seconds."""
        return time.perf_counter() - self.start

    @torch.no_grad()
    def result(
        self,
        names: tuple[str, str],
        problem: Problem,
        clean: Tensor,
        perturbed: Tensor,
        budget: Budget,
        evaluations: float,
    ) -> AttackResult:
        """Confine perturbed inputs to the budget and measure them.

        Args:
            names: Of the attack and of its goal.
            problem: The problem of the attack.
            clean: The inputs before the attack.
            perturbed: The inputs after the attack.
            budget: The budget of the attack.
            evaluations: See `AttackRecord`.
        """
        found = budget.confine(clean, perturbed.detach())
        losses = problem.distances(found)
        if found.is_cuda:
            torch.cuda.synchronize(found.device)
        record = AttackRecord(
            *names,
            maximised=problem.maximised,
            losses=losses,
            references=problem.references,
            norms=budget.norms(clean, found),
            evaluations=evaluations,
            seconds=self.seconds,
        )
        return AttackResult(found, record)
