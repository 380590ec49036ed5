"""What a step knows: the evaluations so far, folded from the ledger."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.ledger.averages import by_molecule, mean
from latentbo.ledger.record import INITIAL, MEASURED, Evaluation, Proposal, Status
from latentbo.optimizer.config import OptimizationConfig
from latentbo.seeds import seed_for
from latentbo.surrogates import Repeats, repeats_of

__all__ = [
    "GIVEN",
    "LEAST_VALUES",
    "History",
    "by_batch",
    "by_success",
    "draw_initial",
    "num_proposed",
]

#: Origin, within this module's folds, of what was known before the first call.
GIVEN = "given"
#: A process needs two values to learn anything.
LEAST_VALUES = 2


@dataclass(frozen=True)
class History:
    """Evaluations, and what was measured before the run.

    A string that was measured several times counts once, with the mean of its values.

    Args:
        batches: The strings with a result, by the step that proposed them; see `by_success`.
        strings: Those with a value, best first.
        values: Their values, an `n`-dim double tensor.
        known: All strings that a call was spent on, or whose values were given.
        number: Number of the next step among those that propose: what its seed is made of.
        batch: Number of the next step in the ledger, where steps are that propose nothing, too.
        next_call: Number of the next call.
        repeats: How often each value was measured; None: all of them once.
    """

    batches: list[list[Evaluation]]
    strings: list[str]
    values: Tensor
    known: frozenset[str]
    number: int = 0
    batch: int = 0
    next_call: int = 1
    repeats: Repeats | None = None

    @classmethod
    def of(
        cls,
        evaluations: Sequence[Evaluation],
        labelled: Sequence[tuple[str, float]] = (),
        num_steps: int = 0,
    ) -> "History":
        """Fold evaluations, which are in the order of their calls.

        Args:
            evaluations: Finished and pending ones.
            labelled: Strings with values that were known before the first call, repeated ones with
                every value.
            num_steps: Recorded steps, where that is more than can be told from the evaluations.
        """
        rows = [*_as_rows(labelled), *evaluations]
        measured = [molecule for molecule in by_molecule(rows) if molecule.values]
        # Stable: of equals the first stays first.
        measured.sort(key=lambda molecule: -mean(molecule.values))
        means = [mean(molecule.values) for molecule in measured]
        return cls(
            by_success(evaluations, labelled),
            [molecule.rows[0].smiles for molecule in measured],
            torch.tensor(means, dtype=torch.float64),
            frozenset(row.smiles for row in rows),
            num_proposed(evaluations),
            max(len(by_batch(evaluations)), num_steps),
            len(evaluations) + 1,
            repeats_of([molecule.values for molecule in measured]),
        )


def by_batch(evaluations: Sequence[Evaluation]) -> list[list[Evaluation]]:
    """Group evaluations by the step that proposed them."""
    batches: list[list[Evaluation]] = []
    for row in evaluations:
        while row.batch >= len(batches):
            batches.append([])
        batches[row.batch].append(row)
    return batches


def by_success(
    evaluations: Sequence[Evaluation], labelled: Sequence[tuple[str, float]] = ()
) -> list[list[Evaluation]]:
    """Group strings by the step that proposed them, so that its success can be judged.

    Each string stands once, where it was proposed first, with the mean of its values. A step of
    which no result is there yet, or which proposed nothing, has no group; what nobody proposed
    joins the group before it. What was given before the first call is a group of its own, the
    first.
    """
    rows = [molecule.merged for molecule in by_molecule([*_as_rows(labelled), *evaluations])]
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


def num_proposed(evaluations: Sequence[Evaluation]) -> int:
    """Return how many steps proposed something."""
    return len({row.batch for row in evaluations if row.origin != MEASURED})


def draw_initial(
    pool: Sequence[str],
    config: OptimizationConfig,
    number: int,
    known: Collection[str] = (),
) -> list[Proposal]:
    """Draw at most `number` strings of the pool, but none that is known, for the first calls."""
    pool = [string for string in pool if string not in known]
    generator = torch.Generator().manual_seed(seed_for(config.seed, 0))
    order = torch.randperm(len(pool), generator=generator)[:number].tolist()
    return [Proposal(call, 0, pool[i], INITIAL) for call, i in enumerate(order, start=1)]


def _as_rows(labelled: Sequence[tuple[str, float]]) -> list[Evaluation]:
    return [
        Evaluation(number, 0, string, GIVEN, {}, Status.OK, value)
        for number, (string, value) in enumerate(labelled, start=1)
    ]
