"""The budget of an attack: a ball around each input, intersected with the range of inputs."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError

NORMS = ("euclidean", "maximum")
#: Limits of inputs that may have any value, such as embeddings.
UNLIMITED = (-math.inf, math.inf)
# Rounds of the search for the scale; each result is valid, the last is close to the limit.
NUM_ROUNDS = 5
# Shares by which a perturbation shrinks until it is in the ball despite rounding.
SHRINKAGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)


@dataclass(frozen=True)
class Budget:
    """The maximum norm of a perturbation; perturbed inputs stay in their range.

    Args:
        radius: The bound: lambda of the evaluation, epsilon of training.
        norm: One of `NORMS`, over all values of an input.
        limits: Least and largest value of an input: those of images, or `UNLIMITED`.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    radius: float
    norm: str = "euclidean"
    limits: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if self.norm not in NORMS:
            raise ConfigurationError(
                f"unknown norm {self.norm!r} of a budget; choose one of {', '.join(NORMS)}"
            )
        if not 0 < self.radius < math.inf:
            raise ConfigurationError(
                f"the radius of a budget must be positive and finite, got {self.radius}"
            )
        if not self.limits[0] < self.limits[1]:
            raise ConfigurationError(
                f"the limits of a budget must be the least and a larger value, got {self.limits}"
            )

    def norms(self, inputs: Tensor, perturbed: Tensor) -> Tensor:
        """Norm of each perturbation, from differences in double precision: `n`."""
        differences = (perturbed.double() - inputs.double()).flatten(1)
        if self.norm == "maximum":
            return differences.abs().amax(1)
        return differences.norm(dim=1)

    def project(self, inputs: Tensor, perturbed: Tensor) -> Tensor:
        r"""Return the nearest inputs within ball and range, up to rounding.

        For the maximum norm the nearest point is found value by value. For the Euclidean norm it is
        `x + clip(t delta)` with the largest t <= 1 within the ball, by the Karush-Kuhn-Tucker
        conditions. Each round solves for t as if no further value were clipped, so t grows from
        `radius / |delta|` towards the limit and all rounds stay in the ball. Clipping after a
        radial projection alone stays in both too, but stops short of the radius.

        Args:
            inputs: An `n x …`-dim tensor within the limits.
            perturbed: An `n x …`-dim tensor of perturbed inputs.
        """
        delta = perturbed - inputs
        if self.norm == "maximum":
            radius = _rounded_down(self.radius, delta.dtype)
            return (inputs + delta.clamp(-radius, radius)).clamp(*self.limits)
        scale = self._scale(delta.flatten(1), inputs.flatten(1))
        return torch.addcmul(inputs, _like(scale, inputs), delta).clamp(*self.limits)

    def confine(self, inputs: Tensor, perturbed: Tensor) -> Tensor:
        """Do the same as `project`, with the bound exact for `norms` despite rounding."""
        confined = self.project(inputs, perturbed)
        if self.norm == "maximum":
            # The rounding error of the sum is at most half a unit in the last place.
            too_far = (confined.double() - inputs.double()).abs() > self.radius
            return torch.where(too_far, torch.nextafter(confined, inputs), confined)
        for share in SHRINKAGES:
            within = self.norms(inputs, confined) <= self.radius
            nearer = (inputs + (1 - share) * (confined - inputs)).clamp(*self.limits)
            confined = torch.where(_like(within, inputs), confined, nearer)
        return confined

    def start(self, inputs: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Random inputs within the budget.

        For the maximum norm uniform in the ball, as in fast adversarial training. For the Euclidean
        norm a uniform direction and a length uniform up to the radius.
        """
        source = inputs.device if generator is None else generator.device
        shape, dtype = inputs.shape, inputs.dtype
        if self.norm == "maximum":
            radius = _rounded_down(self.radius, dtype)
            delta = torch.empty(shape, device=source, dtype=dtype)
            delta = delta.uniform_(-radius, radius, generator=generator)
            return (inputs + delta.to(inputs.device)).clamp(*self.limits)
        delta = torch.randn(shape, generator=generator, device=source, dtype=dtype)
        lengths = torch.rand(len(inputs), generator=generator, device=source, dtype=dtype)
        delta = _like(self.radius * lengths / delta.flatten(1).norm(dim=1), inputs) * delta
        return self.project(inputs, inputs + delta.to(inputs.device))

    def _scale(self, delta: Tensor, inputs: Tensor) -> Tensor:
        """The t of `project` for `n x p` perturbations, `n`."""
        low, high = self.limits
        # No value changes by more than the radius; the clamp avoids infinity times 0.
        room = torch.where(delta > 0, high - inputs, inputs - low).clamp_max(2 * self.radius)
        lengths, limits = delta.square(), room.square()
        # Values are clipped from this t on; those with 0 / 0 never are.
        clipped_from = room / delta.abs()
        scale = delta.new_zeros(len(delta))
        tiny = torch.finfo(delta.dtype).tiny
        for _ in range(NUM_ROUNDS):
            is_clipped = (clipped_from < scale[:, None]).to(delta.dtype)
            rest = (self.radius**2 - torch.linalg.vecdot(is_clipped, limits)).clamp_min(0)
            free = torch.linalg.vecdot(1 - is_clipped, lengths).clamp_min(tiny)
            scale = torch.maximum(scale, (rest / free).sqrt()).clamp_max(1)
        return scale


def _like(numbers: Tensor, inputs: Tensor) -> Tensor:
    """Reshape one number per input to multiply `n x …` inputs."""
    return numbers.view(-1, *[1] * (inputs.ndim - 1))


def _rounded_down(number: float, dtype: torch.dtype) -> float:
    """Return the largest number of a type that is not above a positive number."""
    rounded = torch.tensor(number, dtype=dtype)
    return float(rounded if float(rounded) <= number else rounded.nextafter(rounded - rounded))


def check_inputs(inputs: Tensor) -> None:
    """Refuse inputs that are not an `n x …`-dim floating-point tensor in [0, 1].

    Raises:
        InputError: If the inputs cannot be attacked.
    """
    if inputs.ndim < 2 or not len(inputs) or not inputs.is_floating_point():
        raise InputError(
            f"inputs are {tuple(inputs.shape)} of {inputs.dtype}: give an n x … tensor of "
            f"floating-point numbers in [0, 1]"
        )
    if not bool(((inputs >= 0) & (inputs <= 1)).all()):
        raise InputError(
            f"inputs reach from {float(inputs.min())} to {float(inputs.max())}: attacks need "
            f"finite values in [0, 1]"
        )
