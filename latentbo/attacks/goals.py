"""Goals of attacks: a distance per input to minimise or maximise."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from latentbo.attacks.model import AttackedModel
from latentbo.errors import InputError


@dataclass(frozen=True, eq=False)
class Problem:
    """Distances between the mapped inputs and anchors; row i depends on input i only.

    Args:
        mapping: From inputs to their codes or reconstructions.
        anchors: An `n x …`-dim tensor to compare with.
        maximised: Whether to maximise the distances.
        references: An `n`-dim tensor: clean distances, which set the scale of the model.
    """

    mapping: Callable[[Tensor], Tensor]
    anchors: Tensor
    maximised: bool
    references: Tensor

    def distances(self, inputs: Tensor) -> Tensor:
        """Euclidean distances, `n`: the published objectives."""
        return (self.mapping(inputs) - self.anchors).flatten(1).norm(dim=1)

    def losses(self, inputs: Tensor) -> Tensor:
        """The losses to minimise, `n`: squared distances, which are smooth, or their negatives."""
        squares = (self.mapping(inputs) - self.anchors).flatten(1).square().sum(1)
        return -squares if self.maximised else squares

    def of(self, row: int) -> "Problem":
        """Return the problem of one input alone."""
        one = slice(row, row + 1)
        return replace(self, anchors=self.anchors[one], references=self.references[one])


class Goal(Protocol):
    """Defines the problem of an attack on inputs of a model."""

    @property
    def name(self) -> str:
        """Name for tables."""

    def problem(self, model: AttackedModel, inputs: Tensor) -> Problem:
        """Return the problem for `n x …` clean inputs."""


@dataclass(frozen=True, eq=False)
class LatentGoal:
    """Codes like those of target inputs (eq. 5.11).

    The references are the distances of the clean codes.

    Args:
        targets: An `n x …`-dim tensor in [0, 1], one target per input.
    """

    targets: Tensor
    name: str = "latent"

    def problem(self, model: AttackedModel, inputs: Tensor) -> Problem:
        """Return the problem.

        Raises:
            InputError: If targets and inputs have different shapes.
        """
        if self.targets.shape != inputs.shape:
            raise InputError(
                f"targets are {tuple(self.targets.shape)} and inputs {tuple(inputs.shape)}: give "
                f"one target per input"
            )
        with torch.no_grad():
            anchors = model.encode(self.targets.to(inputs))
            references = (model.encode(inputs) - anchors).norm(dim=1)
        return Problem(model.encode, anchors, False, references)


@dataclass(frozen=True)
class DamageGoal:
    """Reconstructions unlike the clean ones.

    Equation 5.12 prints `f(z_x + delta)`; the perturbation is of the input, `f(g(x + delta))`.
    References are the mean distances of a clean reconstruction to the others of the batch.
    """

    name: str = "damage"

    def problem(self, model: AttackedModel, inputs: Tensor) -> Problem:
        """Return the problem."""
        return _moving(lambda images: model.decode(model.encode(images)), inputs)


@dataclass(frozen=True)
class ShiftGoal:
    """Codes unlike the clean ones (eq. 5.1); references as for `DamageGoal`, among codes."""

    name: str = "shift"

    def problem(self, model: AttackedModel, inputs: Tensor) -> Problem:
        """Return the problem."""
        return _moving(model.encode, inputs)


def _moving(mapping: Callable[[Tensor], Tensor], inputs: Tensor) -> Problem:
    with torch.no_grad():
        anchors = mapping(inputs)
    flat = anchors.flatten(1)
    # 0 / 0 gives NaN for a single input, which has no others.
    exact = "donot_use_mm_for_euclid_dist"
    references = torch.cdist(flat, flat, compute_mode=exact).sum(1) / (len(flat) - 1)
    return Problem(mapping, anchors, True, references)
