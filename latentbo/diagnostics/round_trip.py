"""Round trips of strings through encoder and decoder, and the distance of codes to the prior.

A Gaussian process on codes learns the value of the encoded string; the search proposes a code, and
the oracle call is for the decoded string. Where these strings differ, the Gaussian process learns
noise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.diagnostics.calibration import rank_correlation
from latentbo.diagnostics.decoding import read_decodes
from latentbo.models import TrainedModel
from latentbo.priors import GaussianMixturePrior
from latentbo.training.figures import ks_by_dimension

# The KS term over its floor grows with the number of codes, so this number is fixed.
NUM_CODES = 500
# Differences below this share of the data's standard deviation are rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class RoundTrip:
    """Counts of strings after encoding and greedy decoding.

    Attributes:
        num_strings: Number of canonical strings.
        num_same: Strings that are unchanged.
        num_changed: Strings that became another string of the task.
        num_lost: Strings with an invalid decode, or that cannot be encoded.
    """

    num_strings: int
    num_same: int
    num_changed: int
    num_lost: int

    @property
    def same(self) -> float:
        """Share of unchanged strings; 0 if there are no strings."""
        return self.num_same / max(1, self.num_strings)


@dataclass(frozen=True)
class ValueChange:
    """The objective's value before and after a round trip.

    Attributes:
        num_pairs: Strings with a value before and after.
        num_lost: Strings with a value before only.
        num_changed: Pairs with different values.
        median_change: Median of the absolute difference over the changed pairs, in units of the
            standard deviation of the data's values; 0 if none changed.
        rank_correlation: Of the values before and after, over all pairs: 1 if the round trip keeps
            the order.
    """

    num_pairs: int
    num_lost: int
    num_changed: int
    median_change: float
    rank_correlation: float

    @property
    def changed(self) -> float:
        """Share of the pairs whose values differ."""
        return self.num_changed / max(1, self.num_pairs)


@dataclass(frozen=True)
class PriorDistance:
    """The KS term of codes over its expectation under the prior (1 = noise floor).

    Attributes:
        num_codes: Codes per batch; for codes that miss the prior the ratio grows with it.
        mean: Mean over the dimensions.
        worst: Value of the dimension farthest from the prior.
    """

    num_codes: int
    mean: float
    worst: float


def round_trip(
    model: TrainedModel, strings: Sequence[str], canonical: Callable[[str], str | None]
) -> list[str | None]:
    """Encode strings, and decode the codes greedily.

    Returns:
        The canonical string of each decode; None if a string cannot be encoded, or its decode is
        not a string of the task.
    """
    rows = [i for i, string in enumerate(strings) if model.can_encode(string)]
    again: list[str | None] = [None] * len(strings)
    if rows:
        decoded = model.decode(model.encode([strings[i] for i in rows]))
        for i, string in zip(rows, read_decodes(decoded, canonical), strict=True):
            again[i] = string
    return again


def measure_round_trip(before: Sequence[str], after: Sequence[str | None]) -> RoundTrip:
    """Compare canonical strings before and after the round trip."""
    same = sum(a == b for a, b in zip(before, after, strict=True))
    lost = sum(string is None for string in after)
    return RoundTrip(len(before), same, len(before) - same - lost, lost)


def measure_value_change(before: Tensor, after: Tensor, deviation: float) -> ValueChange:
    """Compare values before and after a round trip.

    Args:
        before: An `n`-dim tensor of values, NaN where there is none.
        after: An `n`-dim tensor of the values afterwards, NaN where there is none.
        deviation: Standard deviation of the data's values, > 0.

    Raises:
        ValueError: If the deviation is not positive.
    """
    if not deviation > 0:
        raise ValueError(f"the deviation must be positive, not {deviation}")
    valued = ~before.isnan()
    paired = valued & ~after.isnan()
    before, after = before[paired], after[paired]
    changes = (before - after).abs() / deviation
    changes = changes[changes > ROUNDING]
    return ValueChange(
        num_pairs=len(before),
        num_lost=int(valued.sum()) - len(before),
        num_changed=len(changes),
        median_change=float(changes.median()) if len(changes) else 0.0,
        rank_correlation=rank_correlation(before, after),
    )


def measure_distance(
    codes: Tensor, prior: GaussianMixturePrior, num_codes: int = NUM_CODES
) -> PriorDistance:
    """Return the KS term over its noise floor, averaged over disjoint batches.

    Args:
        codes: An `n x d`-dim tensor of codes of data in random order, n >= 2.
        prior: The prior.
        num_codes: Codes in a batch (all of them, if there are fewer).
    """
    size = min(num_codes, len(codes))
    batches = [batch for batch in codes.split(size) if len(batch) == size]
    ratios = torch.stack([ks_by_dimension(batch, prior) for batch in batches]).mean(0)
    return PriorDistance(size, float(ratios.mean()), float(ratios.max()))
