"""Majority vote: the most frequent valid string among the samples of a code.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017: a stochastic decoder is run many
    times, and its most frequent valid result is taken for the code.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from torch import Tensor

from latentbo.representations import Decoded, DecodeStatus, Representation


@dataclass(frozen=True)
class SampleCounts:
    """Counts of samples by their end; counts of several codes can be added.

    Attributes:
        total: All samples.
        unfinished: Those without an end within the maximum length.
        invalid: Those that ended, but without an accepted string: sentences that are not molecules.
    """

    total: int = 0
    unfinished: int = 0
    invalid: int = 0

    @property
    def complete(self) -> int:
        """Samples that ended within the maximum length."""
        return self.total - self.unfinished

    @property
    def valid(self) -> int:
        """Samples whose string was accepted."""
        return self.complete - self.invalid

    def __add__(self, other: "SampleCounts") -> "SampleCounts":
        return SampleCounts(
            self.total + other.total,
            self.unfinished + other.unfinished,
            self.invalid + other.invalid,
        )


@dataclass(frozen=True)
class MostFrequent:
    """The majority vote of the samples of one code.

    Attributes:
        string: The most frequent canonical string, None if no sample was accepted; of equally
            frequent ones the first in alphabetical order.
        votes: Number of samples with this string.
        counts: Counts of all samples by their end.
    """

    string: str | None
    votes: int
    counts: SampleCounts


def most_frequent(
    tokens: Tensor, representation: Representation, accept: Callable[[str], str | None]
) -> list[MostFrequent]:
    """Return the majority vote of the samples of each code.

    Args:
        tokens: An `n x num_samples x max_length` tensor, as of `decode_samples`.
        representation: Decodes the tokens.
        accept: Returns the canonical form of a string, or None if it is not valid; called once per
            distinct string.

    Returns:
        One result per code, `n`.
    """
    ask = cache(accept)
    rows = tokens.cpu().reshape(-1, tokens.shape[2])
    keys = [row.tobytes() for row in rows.numpy()]
    first = {key: number for number, key in reversed([*enumerate(keys)])}
    decoded = dict(zip(first, representation.decode(rows[list(first.values())]), strict=True))
    size = tokens.shape[1]
    groups = [Counter(keys[i : i + size]) for i in range(0, len(keys), size)]
    return [_vote([(decoded[key], n) for key, n in group.items()], ask) for group in groups]


def _vote(samples: list[tuple[Decoded, int]], accept: Callable[[str], str | None]) -> MostFrequent:
    votes: Counter[str] = Counter()
    unfinished = 0
    for decoded, number in samples:
        if decoded.status is DecodeStatus.UNFINISHED:
            unfinished += number
        elif decoded.string is not None and (canonical := accept(decoded.string)) is not None:
            votes[canonical] += number
    total = sum(number for _, number in samples)
    counts = SampleCounts(total, unfinished, total - unfinished - votes.total())
    if not votes:
        return MostFrequent(None, 0, counts)
    winner = min(votes, key=lambda string: (-votes[string], string))
    return MostFrequent(winner, votes[winner], counts)
