"""Count combinations, and the rules that exclude some from training."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from latentbo.errors import ConfigurationError

#: Number of objects of each class.
Combination = tuple[int, ...]

NONE = "none"
TERM = re.compile(r"(?P<name>.+?)\s*(?P<sign>>=|=)\s*(?P<number>\d{1,6})")


def all_combinations(
    most: Sequence[int], least_total: int = 0, most_total: int | None = None
) -> Iterator[Combination]:
    """Yield all combinations in lexicographic order.

    Args:
        most: The largest count of each class.
        least_total: Minimum total number of objects.
        most_total: Maximum total number of objects; None: limited by `most` only.
    """
    room = sum(most) if most_total is None else most_total
    if not most:
        if least_total <= 0:
            yield ()
        return
    for first in range(min(most[0], room) + 1):
        for rest in all_combinations(most[1:], least_total - first, room - first):
            yield (first, *rest)


def combination_name(counts: Sequence[int], class_names: Sequence[str]) -> str:
    """Return a combination in words, such as `2 × cylinder, 1 × sphere`; `none` if all are zero."""
    # A digit in quotes, so that `2 × "6"` does not look like a product.
    names = [f'"{name}"' if name.isdigit() else name for name in class_names]
    parts = [f"{count} × {name}" for count, name in zip(counts, names, strict=True) if count]
    return ", ".join(parts) or NONE


@dataclass(frozen=True)
class LeftOut:
    """Rules for the combinations excluded from training.

    Args:
        rules: Each is `none` (no object at all) or conditions joined by `&`, such as `sphere=4`,
            `sphere>=4` or `cylinder=2&sphere=4`. A combination is left out if any rule holds.
        class_names: The classes that the rules may name.

    Raises:
        ConfigurationError: If a rule cannot be read or names another class.
    """

    rules: tuple[str, ...]
    class_names: tuple[str, ...]

    def __post_init__(self) -> None:
        for rule in self.rules:
            self._terms(rule)

    def of(self, counts: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return the mask of left-out rows of counts (`n x k`): a bool array of shape `n`."""
        table = np.asarray(counts, dtype=np.int64).reshape(-1, len(self.class_names))
        found = np.zeros(len(table), dtype=bool)
        for rule in self.rules:
            found |= self._holds(rule, table)
        return found

    def _holds(self, rule: str, table: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        if rule == NONE:
            return np.asarray((table == 0).all(axis=1))
        held = np.ones(len(table), dtype=bool)
        for column, sign, number in self._terms(rule):
            held &= table[:, column] >= number if sign == ">=" else table[:, column] == number
        return held

    def _terms(self, rule: str) -> list[tuple[int, str, int]]:
        if rule == NONE:
            return []
        terms = []
        for part in rule.split("&"):
            match = TERM.fullmatch(part.strip())
            if match is None or match["name"] not in self.class_names:
                raise ConfigurationError(
                    f"left-out rule {rule!r}: {part.strip()!r} is not CLASS=N or CLASS>=N with a "
                    f"class of {', '.join(self.class_names)} (or give the rule 'none')"
                )
            column = self.class_names.index(match["name"])
            terms.append((column, match["sign"], int(match["number"])))
        return terms
