"""The state of the search, reconstructed from the ledger."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from latentbo.data.bounds import Bound
from latentbo.ledger.averages import Repeated, by_molecule, mean
from latentbo.ledger.record import INITIAL, MEASURED, Evaluation, Proposal, Status, StepRecord
from latentbo.seeds import seed_for
from latentbo.surrogates import Bounds, Repeats, repeats_of

#: Origin of the initial data within a `History`; the ledger holds none of them.
GIVEN = "given"
#: A Gaussian process needs two values to learn anything.
LEAST_VALUES = 2
#: A batch succeeds if it brings a string into so many of the best.
NUM_TOP = 10


@dataclass(frozen=True)
class History:
    """The state of the search: all evaluations, the initial data, and the steps so far.

    A string that was measured several times counts once, with the mean of its values.

    Args:
        evaluations: Finished and pending ones, in the order of their calls.
        initial_data: Strings with values known before the first call, repeated ones with every
            value.
        steps: The recorded steps; some may have proposed nothing.
        initial_bounds: Strings with bounds known before the first call.
    """

    evaluations: Sequence[Evaluation]
    initial_data: Sequence[tuple[str, float]] = ()
    steps: Sequence[StepRecord] = ()
    initial_bounds: Sequence[tuple[str, Bound]] = ()

    @cached_property
    def _measured(self) -> list[Repeated]:
        """The strings with a value, best first."""
        rows = [*_as_rows(self.initial_data), *self.evaluations]
        measured = [molecule for molecule in by_molecule(rows) if molecule.values]
        # Stable: of equals the first stays first.
        return sorted(measured, key=lambda molecule: -mean(molecule.values))

    @cached_property
    def strings(self) -> list[str]:
        """The n distinct strings with a value, best first."""
        return [molecule.rows[0].string for molecule in self._measured]

    @cached_property
    def has_least(self) -> bool:
        """Whether there are `LEAST_VALUES` strings with a value; stops looking when it is known."""
        found = {string for string, _ in self.initial_data}
        for row in self.evaluations:
            if len(found) >= LEAST_VALUES:
                break
            found.update([row.string] if row.value is not None else [])
        return len(found) >= LEAST_VALUES

    @cached_property
    def values(self) -> Tensor:
        """Their mean values, an `n`-dim double tensor."""
        means = [mean(molecule.values) for molecule in self._measured]
        return torch.tensor(means, dtype=torch.float64)

    @cached_property
    def repeats(self) -> Repeats | None:
        """Number of measurements of each value; None: one of each."""
        return repeats_of([molecule.values for molecule in self._measured])

    @cached_property
    def bounds(self) -> Bounds | None:
        """The bounds of strings without any value; None: there are none."""
        told = [(row.string, row.bound) for row in self.evaluations if row.bound]
        valued = set(self.strings)
        found = dict.fromkeys(
            each for each in [*self.initial_bounds, *told] if each[0] not in valued
        )
        if not found:
            return None
        limits = [bound.number for _, bound in found]
        signs = [1.0 if bound.sign == ">" else -1.0 for _, bound in found]
        return Bounds(
            [string for string, _ in found],
            torch.tensor(limits, dtype=torch.float64),
            torch.tensor(signs, dtype=torch.float64),
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """All strings that a call was spent on, or whose values were given."""
        given = [string for string, _ in [*self.initial_data, *self.initial_bounds]]
        return frozenset([*given, *(row.string for row in self.evaluations)])

    @cached_property
    def batches(self) -> list[list[Evaluation]]:
        """The strings with a result, by the step that proposed them; see `by_success`."""
        return by_success(self.evaluations, self.initial_data)

    @cached_property
    def number(self) -> int:
        """Number of the next step among those that propose; its seed is derived from it."""
        return len({row.batch for row in self.evaluations if row.origin != MEASURED})

    @cached_property
    def batch(self) -> int:
        """Number of the next step in the ledger, which also holds steps that propose nothing."""
        after = 1 + max((row.batch for row in self.evaluations), default=-1)
        return max(after, len(self.steps))

    @property
    def next_call(self) -> int:
        """Number of the next call."""
        return len(self.evaluations) + 1


def by_batch(evaluations: Sequence[Evaluation]) -> list[list[Evaluation]]:
    """Group evaluations by the step that proposed them."""
    batches: list[list[Evaluation]] = []
    for row in evaluations:
        while row.batch >= len(batches):
            batches.append([])
        batches[row.batch].append(row)
    return batches


def by_success(
    evaluations: Sequence[Evaluation], initial_data: Sequence[tuple[str, float]] = ()
) -> list[list[Evaluation]]:
    """Group strings by the step that proposed them, so that its success can be judged.

    Each string occurs once, where it was proposed first, with the mean of its values. A step
    without results or proposals has no group; strings that no step proposed join the group before
    them. The initial data are the first group.
    """
    rows = [molecule.merged for molecule in by_molecule([*_as_rows(initial_data), *evaluations])]
    given = [row for row in rows if row.origin == GIVEN]
    finished = [row for row in rows if row.origin != GIVEN and row.status is not Status.PENDING]
    proposing = sorted({row.batch for row in finished if row.origin != MEASURED})
    groups: list[list[Evaluation]] = [[] for _ in proposing]
    if given or (finished and not groups):
        groups.insert(0, given)
    offset = len(groups) - len(proposing)
    for row in finished:
        place = bisect_right(proposing, row.batch) - 1 + offset
        groups[max(0, place)].append(row)
    return groups


def with_thresholds(
    batches: Sequence[Sequence[Evaluation]],
) -> Iterator[tuple[Sequence[Evaluation], float]]:
    """Yield each batch with the tenth best value before it; -inf: there were fewer than ten."""
    top: list[float] = []
    for batch in batches:
        yield batch, top[-1] if len(top) == NUM_TOP else float("-inf")
        values = [row.value for row in batch if row.value is not None]
        top = sorted([*top, *values], reverse=True)[:NUM_TOP]


def draw_initial(
    pool: Sequence[str], seed: int, number: int, known: Collection[str] = ()
) -> list[Proposal]:
    """Draw at most `number` strings of the pool, but none that is known, for the first calls."""
    pool = [string for string in pool if string not in known]
    generator = torch.Generator().manual_seed(seed_for(seed, 0))
    order = torch.randperm(len(pool), generator=generator)[:number].tolist()
    return [Proposal(call, 0, pool[i], INITIAL) for call, i in enumerate(order, start=1)]


def _as_rows(initial_data: Sequence[tuple[str, float]]) -> list[Evaluation]:
    return [
        Evaluation(number, 0, string, GIVEN, {}, Status.OK, value)
        for number, (string, value) in enumerate(initial_data, start=1)
    ]
