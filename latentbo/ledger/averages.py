"""All oracle calls of one molecule as one row: repeated measurements count once, by their mean."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from latentbo.ledger.record import Evaluation, Status


@dataclass(frozen=True)
class Repeated:
    """The oracle calls of one molecule.

    Args:
        rows: Evaluations in the order of the calls, at least one.
    """

    rows: tuple[Evaluation, ...]

    @property
    def values(self) -> list[float]:
        """The values of the calls, without failed and pending ones."""
        return [row.value for row in self.rows if row.value is not None]

    @property
    def merged(self) -> Evaluation:
        """The first call with the mean value of all; a single call is returned unchanged.

        Without any value the molecule is censored if a bound is known, else pending while one of
        its calls is, else failed.
        """
        first, *others = self.rows
        if not others:
            return first
        valued = [row for row in self.rows if row.value is not None]
        pending = any(row.status is Status.PENDING for row in self.rows)
        seconds = [row.seconds for row in self.rows if row.seconds is not None]
        censored = [row for row in self.rows if row.status is Status.CENSORED]
        source = [*valued, *censored, self.rows[-1]][0]
        without = Status.PENDING if pending else Status.FAILED
        status = Status.OK if valued else Status.CENSORED if censored else without
        return replace(
            first,
            status=status,
            value=mean(self.values) if valued else None,
            message="" if status is Status.PENDING else source.message,
            seconds=math.fsum(seconds) if seconds else None,
            terms=source.terms,
        )


def by_molecule(evaluations: Iterable[Evaluation]) -> list[Repeated]:
    """Group calls by molecule, in the order of the first calls."""
    found: dict[str, list[Evaluation]] = {}
    for row in evaluations:
        found.setdefault(row.string, []).append(row)
    return [Repeated(tuple(rows)) for rows in found.values()]


def mean(values: Sequence[float]) -> float:
    """Return the mean of at least one value; for equal values exactly this value."""
    # Exact fractions: a sum of doubles can be off by a bit, or overflow.
    return values[0] if len(values) == 1 else float(statistics.mean(values))
