"""Differences between two records."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

#: Maximum number of printed differences per job; the first ones locate the cause.
MOST_SHOWN = 8


def differences(before: Any, after: Any, tolerance: float = 0.0, place: str = "") -> Iterator[str]:
    """Yield one line per difference of two JSON values, in the order of the first.

    Args:
        before: The recorded value.
        after: The current value.
        tolerance: Numbers `a` and `b` are equal up to `tolerance * max(1, |a|, |b|)`; 0: exactly.
        place: The keys that lead to the values.
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            inner = f"{place}/{key}"
            if key not in after:
                yield f"{inner}: missing, was {_short(before[key])}"
            elif key not in before:
                yield f"{inner}: new, {_short(after[key])}"
            else:
                yield from differences(before[key], after[key], tolerance, inner)
    elif isinstance(before, list) and isinstance(after, list):
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            yield from differences(old, new, tolerance, f"{place}/{number}")
        if len(before) != len(after):
            yield f"{place}: {len(after)} entries, were {len(before)}"
    elif not _equal(before, after, tolerance):
        yield f"{place}: {_short(after)}, was {_short(before)}"


def readable(found: Mapping[str, list[str]]) -> list[str]:
    """Return the lines to print for the differences of each job."""
    lines = []
    for job, own in found.items():
        if own:
            lines.append(f"{job}: {len(own)} difference{'s' * (len(own) > 1)}")
            lines += [f"  {line}" for line in own[:MOST_SHOWN]]
            lines += [f"  and {len(own) - MOST_SHOWN} more"] * (len(own) > MOST_SHOWN)
    return lines


def _equal(before: Any, after: Any, tolerance: float) -> bool:
    if not (_is_number(before) and _is_number(after)):
        return type(before) is type(after) and bool(before == after)
    if math.isnan(before) or math.isnan(after):
        return math.isnan(before) and math.isnan(after)
    return before == after or abs(before - after) <= tolerance * max(1.0, abs(before), abs(after))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:99]}…"
