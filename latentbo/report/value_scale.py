"""How a run's values are written for people: their name, their direction, their decimals."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from statistics import quantiles
from typing import Any

from latentbo.data.bounds import Bound
from latentbo.ledger.direction import is_minimized
from latentbo.objectives import BY_HAND, MINIMIZE

MOST_DECIMALS = 4
# From here on a number is written with an exponent.
_LARGE = 1e7


@dataclass(frozen=True)
class ValueScale:
    """The values of a run as its user knows them.

    Args:
        name: Of the value, with its unit if the user gave one: `pIC50`, `IC50 (nM)`.
        is_minimized: Whether the run holds minus the user's values, which it maximises.
        decimals: With how many all values are written.
    """

    name: str
    is_minimized: bool = False
    decimals: int = 2

    def number(self, value: float | None) -> float | None:
        """The user's number for a value of the run."""
        return -value + 0.0 if value is not None and self.is_minimized else value

    def bound(self, bound: Bound) -> Bound:
        """The user's bound for one of the run."""
        return bound.negated if self.is_minimized else bound

    def text(self, value: float | None) -> str:
        """A value of the run for people; a dash for nothing."""
        return self.fixed(self.number(value))

    def fixed(self, number: float | None) -> str:
        """A number of the user's for people, with fixed decimals and a true minus sign."""
        if number is None:
            return "–"
        is_lost = number != 0 and abs(number) < 0.5 * 10**-self.decimals
        form = ".3g" if is_lost or abs(number) >= _LARGE else f".{self.decimals}f"
        return format(number, form).replace("-", "−")


#: Of values without a name.
PLAIN = ValueScale("value")


def scale_of(config: Mapping[str, Any], values: Sequence[float]) -> ValueScale:
    """Return how to write the values of a run.

    Args:
        config: The run's settings.
        values: All its values; their spread decides how many decimals are worth writing.
    """
    return ValueScale(_name(config), is_minimized(config), _decimals(values))


def _name(config: Mapping[str, Any]) -> str:
    """The name as the user gave it, or as the column of the file has it, or the objective's."""
    if given := config.get("value_name"):
        return str(given)
    if config.get("objective_source") == BY_HAND:
        return "value"
    objective = str(config.get("objective", "value")).removeprefix(f"{MINIMIZE}:")
    place, mark, function = objective.rpartition(":")
    if mark and (place.endswith(".py") or "/" not in objective) and function.isidentifier():
        return function
    return PurePath(objective).stem if objective.endswith((".toml", ".csv")) else objective


def _decimals(values: Sequence[float]) -> int:
    """Decimals that leave three digits of the middle of the values, of their spread."""
    if all(value == round(value) for value in values):
        return 0
    low, high = min(values), max(values)
    if len(values) > 2:
        tenths = quantiles(values, n=10, method="inclusive")
        low, high = tenths[0], tenths[-1]
    spread = high - low or abs(high) or 1.0
    return min(max(2 - math.floor(math.log10(spread)), 0), MOST_DECIMALS)
