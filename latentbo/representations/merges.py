"""Byte-pair merges: frequent runs of tokens as tokens of their own, exact in both directions.

A page of own code instead of the library `tokenizers`: it merges characters, so symbols such as
`[C]` would have to be renamed to private characters and back, and it depends on the client of a
model hub.

References:
    Gage, "A new algorithm for data compression", C Users Journal 12, 1994; Sennrich et al., "Neural
    machine translation of rare words with subword units", ACL 2016.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from latentbo.errors import ConfigurationError

Pair = tuple[int, int]
#: Separates strings while merges are learned: the padding, which no string contains.
_BETWEEN = 0


class Merges:
    """Merges in the order of learning; merge number i makes token `num_symbols + i`.

    Args:
        num_symbols: Number of unmerged tokens, the special ones included.
        pairs: Left and right token of each merge.
        first: Smallest token that can be merged; those before it are special.

    Raises:
        ConfigurationError: If a merge is not a pair of earlier tokens, or occurs twice.
    """

    def __init__(self, num_symbols: int, pairs: Sequence[Sequence[int]], first: int) -> None:
        self._new: dict[Pair, int] = {}
        self._runs: list[tuple[int, ...]] = [(token,) for token in range(num_symbols)]
        for number, pair in enumerate(pairs):
            token = num_symbols + number
            if len(pair) != 2 or not all(
                type(part) is int and first <= part < token for part in pair
            ):
                raise ConfigurationError(
                    f"merge {number + 1} of {len(pairs)} is {list(pair)!r}: it must be two numbers "
                    f"from {first} to {token - 1}, of symbols or of earlier merges; restore the "
                    f"vocabulary file, or train again"
                )
            left, right = pair
            if (left, right) in self._new:
                raise ConfigurationError(
                    f"merge {number + 1} of {len(pairs)} repeats {list(pair)!r}, which is token "
                    f"{self._new[left, right]} already: restore the vocabulary file, or train again"
                )
            self._new[left, right] = token
            self._runs.append(self._runs[left] + self._runs[right])

    def contract(self, symbols: Sequence[int]) -> list[int]:
        """Merge a string's symbols, in the order of learning and from left to right."""
        tokens = list(symbols)
        if not self._new:
            return tokens
        nothing = len(self._runs)
        while True:
            made = [self._new.get(pair, nothing) for pair in pairwise(tokens)]
            token = min(made, default=nothing)
            if token == nothing:
                return tokens
            # Of overlapping pairs, as in `aaa`, the first is merged.
            last = -2
            for position in [i for i, new in enumerate(made) if new == token]:
                if position - last > 1:
                    tokens[position], last = token, position
                    tokens[position + 1] = nothing
            tokens = [each for each in tokens if each != nothing]

    def expand(self, tokens: Sequence[int]) -> list[int]:
        """Return the symbols of merged tokens."""
        return [symbol for token in tokens for symbol in self._runs[token]]


def learn_merges(
    rows: Sequence[Sequence[int]], num_symbols: int, num_merges: int, min_count: int = 2
) -> list[Pair]:
    """Learn merges from the rows of a data set; deterministic.

    In each round the most frequent pair of neighbours becomes a token; ties go to the smaller
    tokens. Learning ends when no pair is frequent enough.

    Args:
        rows: Symbols of each string, 0 < symbol < `num_symbols`.
        num_symbols: Number of tokens before the first merge.
        num_merges: Number of merges to learn.
        min_count: Minimum count of a pair, at least 2.

    Returns:
        At most `num_merges` pairs.
    """
    size = num_symbols + num_merges
    lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
    tokens = np.full(int(lengths.sum()) + len(rows) + 1, _BETWEEN, np.int64)
    inside = np.ones(len(tokens), bool)
    inside[np.concatenate([[0], np.cumsum(lengths + 1)])] = False
    tokens[inside] = np.fromiter((t for row in rows for t in row), np.int64, int(lengths.sum()))
    pairs: list[Pair] = []
    while len(pairs) < num_merges:
        neighbours = tokens[:-1] * size + tokens[1:]
        counts = np.bincount(neighbours)
        numbers = counts.nonzero()[0]
        numbers = numbers[(numbers // size != _BETWEEN) & (numbers % size != _BETWEEN)]
        if not len(numbers) or counts[numbers].max() < min_count:
            break
        best = int(numbers[counts[numbers].argmax()])
        left, right = divmod(best, size)
        tokens = _merge(tokens, neighbours == best, left == right, num_symbols + len(pairs))
        pairs.append((left, right))
    return pairs


def _merge(tokens: np.ndarray, starts: np.ndarray, equal: bool, token: int) -> np.ndarray:
    """Replace the pairs that begin at `starts` by `token`, from left to right."""
    found = starts.nonzero()[0]
    if equal and len(found):
        # Of a run of overlapping pairs every second one.
        new_run = np.concatenate([[True], np.diff(found) != 1])
        first = found[new_run][np.cumsum(new_run) - 1]
        found = found[(found - first) % 2 == 0]
    tokens = tokens.copy()
    tokens[found] = token
    return np.delete(tokens, found + 1)
