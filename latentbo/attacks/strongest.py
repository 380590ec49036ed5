"""Several attacks, with the strongest result for each input."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentbo.attacks.base import Attack, AttackResult, Stopwatch
from latentbo.attacks.budget import Budget
from latentbo.attacks.goals import Goal
from latentbo.attacks.model import AttackedModel
from latentbo.attacks.projected_gradient import ProjectedGradient
from latentbo.attacks.quasi_newton import QuasiNewton
from latentbo.errors import ConfigurationError


@dataclass(frozen=True)
class StrongestOf:
    """Runs attacks with the same goal, and keeps the strongest for each input.

    Args:
        attacks: Distinct kinds of attack; the earlier wins a tie.

    Raises:
        ConfigurationError: If there are none.
    """

    attacks: tuple[Attack, ...]

    def __post_init__(self) -> None:
        if not self.attacks:
            raise ConfigurationError(
                "there is no attack to take the strongest of: give at least one"
            )

    def __call__(
        self, model: AttackedModel, inputs: Tensor, budget: Budget, generator: torch.Generator
    ) -> AttackResult:
        """Attack `n x …` inputs in [0, 1]; the record includes the records of all attacks.

        Raises:
            InputError: If the inputs cannot be attacked.
            ConfigurationError: If two attacks have different goals, or the same name.
        """
        watch = Stopwatch()
        results = [attack(model, inputs, budget, generator) for attack in self.attacks]
        records = [result.record for result in results]
        parts = {record.attack: record for record in records}
        if len(parts) < len(records) or len({record.goal for record in records}) > 1:
            listed = ", ".join(f"{record.attack} ({record.goal})" for record in records)
            raise ConfigurationError(f"give different attacks with one goal, not {listed}")
        losses = torch.stack([record.losses for record in records])
        chosen = losses.argmax(0) if records[0].maximised else losses.argmin(0)
        rows = torch.arange(len(inputs), device=chosen.device)
        record = replace(
            records[0],
            attack="strongest",
            losses=losses[chosen, rows],
            norms=torch.stack([record.norms for record in records])[chosen, rows],
            evaluations=sum(record.evaluations for record in records),
            seconds=watch.seconds,
            parts=parts,
            chosen=chosen,
        )
        return AttackResult(torch.stack([r.inputs for r in results])[chosen, rows], record)


def strongest(goal: Goal) -> StrongestOf:
    """Return the attack of the evaluation: L-BFGS-B and projected gradient, with defaults."""
    return StrongestOf((QuasiNewton(goal), ProjectedGradient(goal)))
