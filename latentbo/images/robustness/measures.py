"""Measures of attacks on images: those of tables 5.1 to 5.3 and figures 5.6 and 5.7."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.images.robustness.config import STRONGEST

#: The measures that each attacked image has.
MEASURES = (
    "losses",
    "relative_losses",
    "norms",
    "similarities",
    "input_similarities",
    "decoder_similarities",
    "distances",
)


@dataclass(frozen=True, eq=False)
class AttackMeasures:
    """Measures of n images under one attack; tensors are on the CPU.

    With images x, targets t, attacked images x', reconstructions r(x), and codes z(x):

    Args:
        attack: Its name, or `STRONGEST`.
        goal: `latent` or `damage`.
        radius: The bound of the perturbations.
        images: An `n x c x h x w`-dim tensor: x'.
        reconstructions: The same: r(x').
        codes: An `n x d`-dim tensor: z(x').
        losses: An `n`-dim tensor: the attack's objective, `|z(x') - z(t)|` or `|r(x') - r(x)|`.
            Large losses are good for the model under `latent`, small ones under `damage`.
        relative_losses: An `n`-dim tensor: losses over clean distances, which the scale of a latent
            space does not change: `|z(x) - z(t)|`, or the mean distance of r(x) to the other
            reconstructions; NaN for a single image under `damage`.
        norms: An `n`-dim tensor: norms of the perturbations, at most the radius.
        similarities: An `n`-dim tensor: similarity of r(x') with t under `latent` (low is good for
            the model), with r(x) under `damage` (high is good).
        input_similarities: An `n`-dim tensor: similarity of x' with x.
        decoder_similarities: An `n`-dim tensor: similarity of r(x') with x'.
        distances: An `n`-dim tensor: Euclidean distance of r(x') to t under `latent`, to x under
            `damage` (figure 5.7).
        kept: An `n`-dim tensor: whether `STRONGEST` kept this attack's perturbation.
        evaluations: Mean number of gradients of the model per image.
        seconds: Total time for all images.
    """

    attack: str
    goal: str
    radius: float
    images: Tensor
    reconstructions: Tensor
    codes: Tensor
    losses: Tensor
    relative_losses: Tensor
    norms: Tensor
    similarities: Tensor
    input_similarities: Tensor
    decoder_similarities: Tensor
    distances: Tensor
    kept: Tensor
    evaluations: float
    seconds: float

    def means(self) -> dict[str, float]:
        """Return the mean over images of each of `MEASURES`, and the share that was kept."""
        found = {name: float(getattr(self, name).double().mean()) for name in MEASURES}
        return found | {"kept": float(self.kept.double().mean())}


@dataclass(frozen=True, eq=False)
class Robustness:
    """Measures of all attacks on the same n images.

    Args:
        reconstructions: An `n x c x h x w`-dim tensor of clean reconstructions.
        similarities: An `n`-dim tensor: similarity of these with the images (tables 5.2 and 5.3).
        target_similarities: The same for the targets.
        distances: An `n`-dim tensor: Euclidean distances of clean reconstructions and images.
        code_distances: An `n`-dim tensor: distances of the clean codes of images and targets.
        attacks: Every attack with each goal and radius; `STRONGEST` last of each.
    """

    reconstructions: Tensor
    similarities: Tensor
    target_similarities: Tensor
    distances: Tensor
    code_distances: Tensor
    attacks: tuple[AttackMeasures, ...]

    def of(self, goal: str, radius: float, attack: str = STRONGEST) -> AttackMeasures:
        """Return one of the attacks.

        Raises:
            InputError: If it was not run.
        """
        for found in self.attacks:
            if (found.goal, found.radius, found.attack) == (goal, radius, attack):
                return found
        raise InputError(
            f"there was no attack {attack!r} with the goal {goal!r} and radius {radius}: name it "
            f"in the configuration"
        )

    def clean_means(self) -> dict[str, float]:
        """Return the mean over images of each measure without attack."""
        names = ("similarities", "target_similarities", "distances", "code_distances")
        values: dict[str, Tensor] = {name: getattr(self, name) for name in names}
        return {name: float(value.to(torch.float64).mean()) for name, value in values.items()}
