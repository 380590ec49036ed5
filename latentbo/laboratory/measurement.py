"""Results that people report, checked before anything is recorded."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import SupportsFloat

from latentbo.data.bounds import Bound
from latentbo.errors import InputError
from latentbo.objectives.base import LARGEST_VALUE, is_too_large


@dataclass(frozen=True)
class Measurement:
    """One measurement of a string.

    Args:
        string: SMILES of a molecule, or an expression.
        value: Its value; None: the measurement failed.
        message: Why it failed; may be empty.
        bound: Of a censored measurement, which has no value.
    """

    string: str
    value: float | None
    message: str = ""
    bound: Bound | None = None

    @property
    def negated(self) -> "Measurement":
        """The measurement with minus its value or bound; the message tells the bound as it was."""
        return replace(
            self,
            value=None if self.value is None else 0.0 - self.value,
            bound=self.bound and self.bound.negated,
            message=self.message or str(self.bound or ""),
        )


#: What `tell` takes: values by strings, or pairs and measurements in any order.
Results = (
    Mapping[str, SupportsFloat | None]
    | Iterable[tuple[str, SupportsFloat | None]]
    | Iterable[Measurement]
)


def checked(results: Results, canonical: Callable[[str], str | None]) -> list[Measurement]:
    """Return results with canonical strings and finite values; None where there is none (NaN).

    Args:
        results: As people give them.
        canonical: A string to its canonical form, None if it is none of the task.

    Raises:
        InputError: For the first result that cannot be used.
    """
    given = results.items() if isinstance(results, Mapping) else results
    return [_checked(number, each, canonical) for number, each in enumerate(given, start=1)]


def _checked(number: int, given: object, canonical: Callable[[str], str | None]) -> Measurement:
    measurement = given if isinstance(given, Measurement) else _from_pair(number, given)
    if not isinstance(measurement.string, str):
        raise InputError(
            f"result {number}: {measurement.string!r} is no string; nothing was recorded: give "
            f"pairs of a string and its value"
        )
    string = canonical(measurement.string)
    if string is None:
        raise InputError(
            f"result {number}: {measurement.string!r} cannot be read; nothing was recorded: "
            f"correct it, or leave it out"
        )
    return replace(measurement, string=string, value=_value(number, measurement))


def _from_pair(number: int, given: object) -> Measurement:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise InputError(
            f"result {number}: {given!r} is neither a pair of a string and its value nor a "
            f"Measurement; nothing was recorded"
        )
    return Measurement(*given)


def _value(number: int, measurement: Measurement) -> float | None:
    """Return the value as a double; NaN is a failed measurement."""
    given = measurement.value
    if given is None:
        return None
    try:
        value = math.inf if isinstance(given, str | bytes) else float(given)
    except (TypeError, ValueError, OverflowError):
        value = math.inf
    if is_too_large(value):
        raise InputError(
            f"result {number}: the value {given!r} of {measurement.string} is no finite number "
            f"up to {LARGEST_VALUE:g}; nothing was recorded: give a number, or None for a failed "
            f"measurement"
        )
    return None if math.isnan(value) else value
