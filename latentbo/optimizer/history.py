"""What a step knows: the evaluations so far, folded from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.ledger.record import Evaluation, Proposal
from latentbo.optimizer.config import OptimizationConfig
from latentbo.training import seed_for

__all__ = ["History", "by_batch", "draw_initial"]


@dataclass(frozen=True)
class History:
    """Finished evaluations.

    Args:
        batches: By the step that proposed them.
        strings: Those with a value, best first.
        values: Their values, an `n`-dim double tensor.
        known: All strings that a call was spent on.
    """

    batches: list[list[Evaluation]]
    strings: list[str]
    values: Tensor
    known: frozenset[str]

    @classmethod
    def of(cls, evaluations: Sequence[Evaluation]) -> "History":
        """Fold evaluations, which are in the order of their calls."""
        scored = [(row.value, row.smiles) for row in evaluations if row.value is not None]
        scored.sort(key=lambda item: -item[0])  # stable: of equals the first stays first
        values = torch.tensor([value for value, _ in scored], dtype=torch.float64)
        known = frozenset(row.smiles for row in evaluations)
        return cls(by_batch(evaluations), [string for _, string in scored], values, known)

    @property
    def number(self) -> int:
        """Number of the next step."""
        return len(self.batches)

    @property
    def next_call(self) -> int:
        """Number of the next call."""
        return 1 + sum(map(len, self.batches))


def by_batch(evaluations: Sequence[Evaluation]) -> list[list[Evaluation]]:
    """Group evaluations by the step that proposed them."""
    batches: list[list[Evaluation]] = []
    for row in evaluations:
        while row.batch >= len(batches):
            batches.append([])
        batches[row.batch].append(row)
    return batches


def draw_initial(pool: Sequence[str], config: OptimizationConfig, number: int) -> list[Proposal]:
    """Draw at most `number` strings of the pool for the first calls."""
    generator = torch.Generator().manual_seed(seed_for(config.seed, 0))
    order = torch.randperm(len(pool), generator=generator)[:number].tolist()
    return [Proposal(call, 0, pool[i], "initial") for call, i in enumerate(order, start=1)]
