"""A term of an objective: another objective, a transform, a weight; and the means of scores."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from latentbo.errors import ConfigurationError
from latentbo.objectives.base import Objective
from latentbo.objectives.transforms import Linear, Transform


def _geometric(scores: Sequence[float]) -> float:
    return float(math.prod(scores) ** (1 / len(scores)))


def _arithmetic(scores: Sequence[float]) -> float:
    return math.fsum(scores) / len(scores)


MeanKind = Literal["geometric", "arithmetic"]
MEANS: dict[MeanKind, Callable[[Sequence[float]], float]] = {
    "geometric": _geometric,
    "arithmetic": _arithmetic,
}


def check_mean(kind: str) -> None:
    """Refuse an unknown mean.

    Raises:
        ConfigurationError: If there is no such mean.
    """
    if kind not in MEANS:
        raise ConfigurationError(f"there is no mean {kind!r}; use {' or '.join(MEANS)}")


@dataclass(frozen=True)
class Term:
    """One part of a combination.

    Attributes:
        name: What messages and records call it.
        objective: Gives the raw value.
        transform: Makes the score of it.
        weight: Its share in the mean, above 0; only the ratio to the others' matters.
        reference: The least score of interest: the hypervolume of a Pareto front counts what lies
            above it.

    Raises:
        ConfigurationError: If the weight is not a finite number above 0, or the reference is none.
    """

    name: str
    objective: Objective
    transform: Transform = Linear()  # noqa: RUF009 - frozen
    weight: float = 1.0
    reference: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ConfigurationError(
                f"the weight of {self.name!r} is {self.weight}; give a finite number above 0"
            )
        if not math.isfinite(self.reference):
            raise ConfigurationError(
                f"the reference of {self.name!r} is {self.reference}; give a finite number"
            )
