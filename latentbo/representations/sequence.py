"""Base of representations whose vocabulary is collected from the data."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

import torch
from torch import Tensor

from latentbo.parsing import Grammar
from latentbo.representations.base import (
    DecoderMask,
    Representation,
    RepresentationError,
    check_vocabulary_size,
)
from latentbo.representations.merges import Merges, learn_merges
from latentbo.representations.vocabulary import BEGIN, END, PAD, Vocabulary


class SequenceMask:
    """The constant mask of plain sequences: anything but padding and begin."""

    def __init__(self, vocabulary_size: int, device: torch.device) -> None:
        self._allowed = torch.ones(1, vocabulary_size, dtype=torch.bool, device=device)
        self._allowed[:, [PAD, BEGIN]] = False

    def allowed(self) -> Tensor:
        """Return the mask, `1 x vocabulary`."""
        return self._allowed

    def advance(self, tokens: Tensor) -> None:
        """Do nothing: the mask does not depend on the emitted tokens."""

    def keep(self, rows: Tensor) -> None:
        """Do nothing: all rows share one mask."""


class SequenceRepresentation(Representation):
    """Symbols in any order; how a string is split does not depend on the data.

    Frequent runs of symbols can be tokens of their own (the merges of the vocabulary), which
    shortens rows without loss. Merges never lengthen a row, so no string is refused because of
    them.

    Args:
        vocabulary: The symbols in index order, and the pairs of merged tokens.
        max_length: Number of token positions of a row, the end token included.

    Raises:
        ConfigurationError: If the merges do not fit the symbols.
    """

    def __init__(self, vocabulary: Vocabulary, max_length: int) -> None:
        super().__init__(vocabulary, max_length)
        self.merges = Merges(len(vocabulary.symbols), vocabulary.merges, END + 1)

    @classmethod
    @abstractmethod
    def symbols(cls, string: str) -> list[str]:
        """Split a string into its symbols; raises RepresentationError if it cannot be split."""

    @classmethod
    def build(
        cls,
        strings: Iterable[str],
        max_length: int,
        min_count: int = 1,
        grammar: Grammar | None = None,
        vocabulary_size: int | None = None,
    ) -> Self:
        """Collect the vocabulary of the strings; strings that cannot be split are skipped.

        Raises:
            ConfigurationError: If `vocabulary_size` is smaller than the number of symbols.
        """
        del grammar
        sequences = cls._splittable(strings)
        if vocabulary_size is None:
            return cls(Vocabulary.from_sequences(sequences, min_count), max_length)
        sequences = list(sequences)
        vocabulary = Vocabulary.from_sequences(sequences, min_count)
        return cls(_with_merges(vocabulary, sequences, vocabulary_size, min_count), max_length)

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """Build a representation from `to_config()` and its vocabulary."""
        return cls(vocabulary, config["max_length"])

    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Return the mask for decoding `num_rows` rows."""
        del num_rows
        return SequenceMask(len(self.vocabulary), device)

    def contract(self, tokens: list[int]) -> list[int]:
        """Merge the symbols of a string, given as token indices."""
        return self.merges.contract(tokens)

    def expand(self, tokens: Sequence[int]) -> list[int]:
        """Return the symbols of merged tokens, as token indices."""
        return self.merges.expand(tokens)

    @classmethod
    def _splittable(cls, strings: Iterable[str]) -> Iterable[list[str]]:
        for string in strings:
            try:
                yield cls.symbols(string)
            except RepresentationError:
                continue


def _with_merges(
    vocabulary: Vocabulary, sequences: list[list[str]], vocabulary_size: int, min_count: int
) -> Vocabulary:
    """Add merges up to a number of tokens, learned from the sequences of known symbols."""
    num_merges = vocabulary_size - len(vocabulary)
    check_vocabulary_size(vocabulary_size, len(vocabulary), "symbols of the data")
    known = vocabulary.indices
    rows = [
        [known[symbol] for symbol in sequence]
        for sequence in sequences
        if all(symbol in known for symbol in sequence)
    ]
    pairs = learn_merges(rows, len(vocabulary), num_merges, max(2, min_count))
    return replace(vocabulary, merges=tuple(pairs))
