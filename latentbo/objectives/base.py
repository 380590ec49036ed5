"""Objectives: functions from a string to a number that is maximised."""

import math
import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

from latentbo.errors import ObjectiveError

#: Values beyond it, up or down, count as no value. Programs print the largest float where they
#: failed; one of these among values makes all others equal to each other, their sums and squares
#: overflow, and surrogates on GPUs compute with floats of 32 bits, which end at 3.4e38.
LARGEST_VALUE = 1e30

# Kinds of NumPy's dates and durations: it counts these among integers.
_NO_NUMBERS = "mM"


class ObjectiveValueError(ObjectiveError):
    """An objective returned something that is not one finite number."""


@dataclass(frozen=True)
class Objective:
    """A named function from a string to a number, always maximised.

    Attributes:
        name: What reports and run records call it.
        function: Takes a string (a molecule's SMILES, an expression); may return anything that
            `as_value` accepts.
        description: One line for people.
        task: The only task whose strings it can score; None for a user's function.
        identity: Strings with equal identities have equal values, whatever the target is; the
            strings themselves unless a string says the same in several ways.
    """

    name: str
    function: Callable[[str], Any]
    description: str = ""
    task: str | None = None
    identity: Callable[[str], Hashable] = str

    def __call__(self, string: str) -> float:
        """Score one string.

        Raises:
            ObjectiveValueError: If the function returns no finite number.
            Exception: Whatever the function raises.
        """
        return as_value(self.function(string))


def as_value(result: Any) -> float:
    """Turn what an objective returned into a float.

    Args:
        result: A number (bool, int, float, fraction, decimal) or a NumPy or PyTorch scalar or 0-dim
            array.

    Returns:
        A finite float, at most `LARGEST_VALUE` from 0.

    Raises:
        ObjectiveValueError: If the result is None, text, an array with dimensions, complex, NaN,
            infinite, larger than that, a masked value, a date, or not a number at all.
    """
    number = _scalar(result)
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    except (TypeError, ValueError) as error:
        raise ObjectiveValueError(
            f"the objective returned {_name(result)}, not a number"
        ) from error
    if not math.isfinite(value):
        raise ObjectiveValueError(
            f"the objective returned {value}; it must return a finite number or raise an exception"
        )
    if is_too_large(value):
        raise ObjectiveValueError(
            f"the objective returned {value}, which counts as no value: beyond {LARGEST_VALUE:g} "
            f"it could not be compared with others; raise an exception where there is none"
        )
    return value


def is_too_large(value: float) -> bool:
    """Tell whether a finite value counts as none."""
    return abs(value) > LARGEST_VALUE


def _scalar(result: Any) -> Any:
    """Unwrap scalars of array libraries and refuse everything that only looks like a number."""
    if result is None:
        raise ObjectiveValueError("the objective returned None; does it lack a return statement?")
    kind = getattr(getattr(result, "dtype", None), "kind", "f")
    if kind in _NO_NUMBERS or _is_masked(result):
        raise ObjectiveValueError(
            f"the objective returned {_name(result)} ({result}); it must return one number"
        )
    if isinstance(result, Real | Decimal):
        return result
    shape = getattr(result, "shape", None)
    if shape is None or not callable(getattr(result, "item", None)):
        raise ObjectiveValueError(
            f"the objective returned {_name(result)}; it must return one number"
        )
    if tuple(shape) != ():
        raise ObjectiveValueError(
            f"the objective returned {_name(result)} with shape {tuple(shape)}; it must return one "
            "number (use .item() on an array with one element)"
        )
    item = result.item()
    if not isinstance(item, Real | Decimal):
        raise ObjectiveValueError(
            f"the objective returned {_name(result)} holding {_name(item)}; "
            "it must return one number"
        )
    return item


def _is_masked(result: Any) -> bool:
    """Tell whether a result is an element of a masked array without a value; `item()` gives 0."""
    numpy = sys.modules.get("numpy")
    return bool(
        numpy is not None and isinstance(result, numpy.ma.MaskedArray) and numpy.all(result.mask)
    )


def _name(result: Any) -> str:
    """Name the type of a result, with the value where it is text or complex."""
    text = f"a value of type {type(result).__name__}"
    if isinstance(result, str | bytes | complex):
        shown = repr(result)
        text += f" ({shown if len(shown) <= 40 else shown[:40] + '…'})"
    return text
