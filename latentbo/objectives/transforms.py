"""From a raw value to the score of a term, by the names that a TOML file gives them.

| kind | keys | score of a raw value x |
|---|---|---|
| `gaussian` | `mean`, `width` | `exp(-((x - mean) / width)^2 / 2)` |
| `min-gaussian` | `mean`, `width` | 1 up to the mean, the bell's half above it |
| `max-gaussian` | `mean`, `width` | 1 from the mean up, the bell's half below it |
| `threshold` | `least` or `most` | 1 where it is kept (the end included), else 0 |
| `sigmoid` | `middle`, `slope` | `1 / (1 + exp(-slope (x - middle)))`; `slope` may be negative |
| `clipped` | `zero`, `one` | the line that is 0 at `zero` and 1 at `one`, never outside [0, 1] |
| `linear` | `slope`, `offset` | `slope x + offset`, 1 and 0 by default: x itself |

The first three are those of GuacaMol (Brown et al., "GuacaMol: Benchmarking Models for de Novo
Molecular Design", J. Chem. Inf. Model. 59(3), 2019), whose goals are made of them.
"""

import math
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any

from latentbo.chemistry import Table, nearest_name
from latentbo.errors import ConfigurationError

Transform = Callable[[float], float]


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
class Threshold:
    """1 where a limit is kept, else 0.

    Attributes:
        least: The smallest good value; None for no such limit.
        most: The largest good value; None for no such limit.

    Raises:
        ConfigurationError: If there is no limit, or no value keeps both.
    """

    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        if self.least is None and self.most is None:
            raise ConfigurationError("a threshold needs least or most; give one")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ConfigurationError(
                f"a threshold's least is {self.least}, above its most, {self.most}; swap them"
            )

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        too_small = self.least is not None and value < self.least
        too_large = self.most is not None and value > self.most
        return float(not (too_small or too_large))


@dataclass(frozen=True)
class Sigmoid:
    """A smooth step, `1 / (1 + exp(-slope (x - middle)))`.

    Attributes:
        middle: Where the score is 1/2.
        slope: Its steepness, per unit of the raw value; negative for a falling step, not 0.

    Raises:
        ConfigurationError: If the slope is 0.
    """

    middle: float
    slope: float = 1.0

    def __post_init__(self) -> None:
        if self.slope == 0:
            raise ConfigurationError("the slope of a sigmoid is 0; give another number")

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        # tanh cannot overflow.
        return 0.5 * (1.0 + math.tanh(0.5 * self.slope * (value - self.middle)))


@dataclass(frozen=True)
class ClippedLine:
    """A line that stops at 0 and at 1.

    Attributes:
        zero: The raw value from which on the score is 0.
        one: The raw value from which on the score is 1; below `zero` the line falls.

    Raises:
        ConfigurationError: If the two are equal.
    """

    zero: float
    one: float

    def __post_init__(self) -> None:
        if self.zero == self.one:
            raise ConfigurationError(
                f"zero and one of a clipped line are both {self.zero}; give two values, or take "
                "a threshold"
            )

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        return min(max((value - self.zero) / (self.one - self.zero), 0.0), 1.0)


@dataclass(frozen=True)
class Linear:
    """`slope x + offset`; the raw value by default.

    Attributes:
        slope: Negative where small raw values are wanted; not 0.
        offset: The score at 0.

    Raises:
        ConfigurationError: If the slope is 0.
    """

    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if self.slope == 0:
            raise ConfigurationError("the slope of a line is 0; give another number")

    def __call__(self, value: float) -> float:
        """Return the score of a raw value."""
        return self.slope * value + self.offset


#: Transform by the name of its kind.
TRANSFORMS: dict[str, Callable[..., Transform]] = {
    "gaussian": Gaussian,
    "min-gaussian": MinGaussian,
    "max-gaussian": MaxGaussian,
    "threshold": Threshold,
    "sigmoid": Sigmoid,
    "clipped": ClippedLine,
    "linear": Linear,
}


def transform_from(table: Table) -> Transform:
    """Return the transform that a table describes.

    Args:
        table: The key `kind`, one of `TRANSFORMS`, and the numbers of this kind.

    Raises:
        ConfigurationError: If there is no such kind, another key (names the nearest), or a number
            that cannot be used.
    """
    kind = table.string("kind")
    if kind not in TRANSFORMS:
        raise table.error(
            f"there is no transform {kind!r}{nearest_name(kind, TRANSFORMS)}; use one of "
            f"{', '.join(TRANSFORMS)}",
            "kind",
        )
    make: Any = TRANSFORMS[kind]
    table.check_keys(("kind", *(field.name for field in fields(make))))
    needed = [field.name for field in fields(make) if field.default is MISSING]
    numbers = {
        field.name: table.number(field.name)
        for field in fields(make)
        if field.name in table.entries or field.name in needed
    }
    try:
        transform: Transform = make(**numbers)
    except ConfigurationError as error:
        raise table.error(str(error)) from error
    return transform
