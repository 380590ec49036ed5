"""Run all configured attacks on images of a model, and measure their effect."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.attacks import (
    AttackedModel,
    AttackResult,
    Budget,
    DamageGoal,
    Goal,
    LatentGoal,
    StrongestOf,
)
from latentbo.images.metrics import multiscale_similarity
from latentbo.images.robustness.config import STRONGEST, RobustnessConfig
from latentbo.images.robustness.measures import AttackMeasures, Robustness


@dataclass(frozen=True, eq=False)
class _Known:
    """A finished attack: returns its result again."""

    result: AttackResult

    def __call__(
        self, model: AttackedModel, inputs: Tensor, budget: Budget, generator: torch.Generator
    ) -> AttackResult:
        return self.result


@dataclass(frozen=True, eq=False)
class _Clean:
    """Images, targets, and codes and reconstructions without attack."""

    model: AttackedModel
    images: Tensor
    targets: Tensor
    reconstructions: Tensor
    config: RobustnessConfig

    def similarity(self, first: Tensor, second: Tensor) -> Tensor:
        """Similarity of pairs, `n`, on the CPU."""
        return multiscale_similarity(first, second, self.config.similarity).cpu()


def measure_robustness(
    model: AttackedModel,
    images: Tensor,
    targets: Tensor,
    config: RobustnessConfig,
    generator: torch.Generator,
) -> Robustness:
    """Attack each image independently, and measure the effect.

    Every attack is reported, and also the strongest: for each image the perturbation that came
    closest to the goal.

    Args:
        model: The model to attack.
        images: An `n x c x h x w`-dim tensor in [0, 1], on the model's device.
        targets: A tensor of the same shape, whose codes are the targets (eq. 5.11).
        config: Settings.
        generator: Source of random starts.

    Raises:
        InputError: If the images cannot be attacked, or are too small to compare.
    """
    with torch.no_grad():
        codes = model.encode(images)
        reconstructions = model.decode(codes)
        target_codes = model.encode(targets)
        target_reconstructions = model.decode(target_codes)
    clean = _Clean(model, images, targets, reconstructions, config)
    goals: dict[str, Goal] = {"latent": LatentGoal(targets), "damage": DamageGoal()}
    attacks = [
        measures
        for name in config.goals
        for budget in config.budgets
        for measures in _under_attack(clean, goals[name], budget, generator)
    ]
    return Robustness(
        reconstructions=reconstructions.cpu(),
        similarities=clean.similarity(images, reconstructions),
        target_similarities=clean.similarity(targets, target_reconstructions),
        distances=_distances(images, reconstructions),
        code_distances=_distances(codes, target_codes),
        attacks=tuple(attacks),
    )


def _under_attack(
    clean: _Clean, goal: Goal, budget: Budget, generator: torch.Generator
) -> list[AttackMeasures]:
    """Measure each attack with one goal and budget, and the strongest of them."""
    results = [
        attack(clean.model, clean.images, budget, generator)
        for attack in clean.config.attacks_for(goal)
    ]
    known = StrongestOf(tuple(_Known(result) for result in results))
    best = known(clean.model, clean.images, budget, generator)
    chosen = best.record.chosen
    assert chosen is not None
    found = [
        _measured(clean, result, result.record.attack, budget.radius, chosen == place)
        for place, result in enumerate(results)
    ]
    seconds = sum(result.record.seconds for result in results)
    everywhere = torch.ones_like(chosen, dtype=torch.bool)
    found.append(_measured(clean, best, STRONGEST, budget.radius, everywhere, seconds))
    return found


@torch.no_grad()
def _measured(
    clean: _Clean,
    result: AttackResult,
    name: str,
    radius: float,
    kept: Tensor,
    seconds: float | None = None,
) -> AttackMeasures:
    record, attacked = result.record, result.inputs
    codes = clean.model.encode(attacked)
    again = clean.model.decode(codes)
    is_latent = record.goal == "latent"
    return AttackMeasures(
        attack=name,
        goal=record.goal,
        radius=radius,
        images=attacked.cpu(),
        reconstructions=again.cpu(),
        codes=codes.cpu(),
        losses=record.losses.cpu(),
        relative_losses=record.relative_losses.cpu(),
        norms=record.norms.cpu(),
        similarities=clean.similarity(clean.targets if is_latent else clean.reconstructions, again),
        input_similarities=clean.similarity(clean.images, attacked),
        decoder_similarities=clean.similarity(attacked, again),
        distances=_distances(clean.targets if is_latent else clean.images, again),
        kept=kept.cpu(),
        evaluations=record.evaluations,
        seconds=record.seconds if seconds is None else seconds,
    )


def _distances(first: Tensor, second: Tensor) -> Tensor:
    """Euclidean distances of pairs, `n`, on the CPU."""
    return (first - second).flatten(1).norm(dim=1).cpu()
