"""From a raw number to a score in [0, 1]: the curves that scores of molecules are made of.

The shapes and their names are those of the GuacaMol benchmark (Brown et al., "GuacaMol:
Benchmarking Models for de Novo Molecular Design", J. Chem. Inf. Model. 59(3), 2019).
"""

import math
from dataclasses import dataclass
from typing import Protocol

from latentbo.errors import ConfigurationError


class Modifier(Protocol):
    """A curve over the real numbers with values in [0, 1]."""

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """`exp(-((x - mean) / width)^2 / 2)`: 1 at the mean, lower on both sides.

    Attributes:
        mean: Where the score is 1.
        width: The standard deviation of the bell, in units of the raw value, above 0.

    Raises:
        ConfigurationError: If the mean is not finite, or the width not above 0.
    """

    mean: float
    width: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.mean):
            raise ConfigurationError(f"the mean of a Gaussian is {self.mean}; give a finite number")
        if not 0 < self.width < math.inf:
            raise ConfigurationError(
                f"the width of a Gaussian is {self.width}; give a finite number above 0"
            )

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        return math.exp(-0.5 * ((value - self.mean) / self.width) ** 2)


@dataclass(frozen=True)
class MinGaussian(Gaussian):
    """1 up to the mean, a falling half of a Gaussian above it: small raw values are wanted."""

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        return super().__call__(max(value, self.mean))


@dataclass(frozen=True)
class MaxGaussian(Gaussian):
    """1 from the mean up, a falling half of a Gaussian below it: large raw values are wanted."""

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        return super().__call__(min(value, self.mean))


@dataclass(frozen=True)
class Clipped:
    """`x / threshold`, but never below 0 or above 1: more than the threshold is not rewarded.

    Attributes:
        threshold: The raw value from which on the score is 1, above 0.

    Raises:
        ConfigurationError: If the threshold is not a finite number above 0.
    """

    threshold: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.threshold < math.inf:
            raise ConfigurationError(
                f"the threshold of a clipped score is {self.threshold}; "
                "give a finite number above 0"
            )

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        return min(max(value / self.threshold, 0.0), 1.0)
