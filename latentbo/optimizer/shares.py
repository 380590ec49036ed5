"""Shares of the sources among the proposals, by their success per time."""

from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import Protocol

from latentbo.ledger.record import Evaluation
from latentbo.optimizer.history import with_thresholds

DECAY, LEAST_SHARE = 0.9, 0.1


class Competitor(Protocol):
    """The part of a source of proposals that decides its share; see `ProposalSource`."""

    @property
    def origins(self) -> Collection[str]:
        """Origins whose selected strings count as this source's."""

    @property
    def cost(self) -> float:
        """Time of one proposal."""

    @property
    def at_once(self) -> bool:
        """Whether the proposals of all rounds are made in the first."""


def success_shares(
    sources: Sequence[Competitor], batches: Sequence[Sequence[Evaluation]]
) -> list[float]:
    """Return the share of each source among the proposals.

    A selected string succeeds if it enters the ten best. Successes and selections are forgotten by
    a factor of 0.9 per batch, and start as if one of two had succeeded. The shares are proportional
    to the success rate divided by the cost of a proposal, and at least 0.1, or half of an equal
    share if that is less.

    Args:
        sources: At least one; no two of them have an origin in common.
        batches: The evaluations of each step, in order; see `by_success`.

    Returns:
        A share for each source; their sum is 1.
    """
    rows = {origin: row for row, source in enumerate(sources) for origin in source.origins}
    tried, won = [2.0] * len(sources), [1.0] * len(sources)
    for batch, threshold in with_thresholds(batches):
        tried, won = [DECAY * x for x in tried], [DECAY * x for x in won]
        for each in batch:
            row = rows.get(each.origin)
            if row is not None:
                tried[row] += 1
                won[row] += each.value is not None and each.value > threshold
    most = max(source.cost for source in sources)
    rates = [successes / trials for successes, trials in zip(won, tried, strict=True)]
    per_time = [rate * (most / source.cost) for rate, source in zip(rates, sources, strict=True)]
    return _at_least(min(LEAST_SHARE, 0.5 / len(sources)), per_time)


def _at_least(least: float, weights: Sequence[float]) -> list[float]:
    """Scale weights to shares of sum 1, and raise those below `least` at the others' expense."""
    raised: set[int] = set()
    while True:
        free = max(1e-9, sum(w for row, w in enumerate(weights) if row not in raised))
        rest = 1 - least * len(raised)
        shares = [
            least if row in raised else rest * (weight / free) for row, weight in enumerate(weights)
        ]
        low = {row for row, share in enumerate(shares) if share < least}
        if not low:
            return shares
        raised |= low


def proposals_per_call(
    sources: Sequence[Competitor], shares: Sequence[float], num_proposals: int, num_rounds: int
) -> list[int]:
    """Return how many strings each source is asked for at a time.

    Args:
        sources: The n sources; those `at_once` are asked in the first round alone, for all rounds.
        shares: Their n shares.
        num_proposals: Proposals per round of all sources.
        num_rounds: Rounds per step.
    """
    numbers = [
        round(share * num_proposals * num_rounds) if source.at_once else 0
        for source, share in zip(sources, shares, strict=True)
    ]
    left = max(0, num_proposals - sum(number // num_rounds for number in numbers))
    rows = [row for row, source in enumerate(sources) if not source.at_once]
    ends = list(accumulate(shares[row] for row in rows))
    begin = 0
    for row, end in zip(rows, ends, strict=True):
        numbers[row] = round(left * (end / ends[-1])) - begin
        begin += numbers[row]
    return numbers
