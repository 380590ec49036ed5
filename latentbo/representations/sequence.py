"""What representations share whose vocabulary is the symbols that occur in the data."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, Self

import torch
from torch import Tensor

from latentbo.parsing import Grammar
from latentbo.representations.base import DecoderMask, Representation, RepresentationError
from latentbo.representations.vocabulary import BEGIN, PAD, Vocabulary

__all__ = ["SequenceMask", "SequenceRepresentation"]


class SequenceMask:
    """The constant mask of plain sequences: anything but padding and begin."""

    def __init__(self, vocabulary_size: int, device: torch.device) -> None:
        self._allowed = torch.ones(1, vocabulary_size, dtype=torch.bool, device=device)
        self._allowed[:, [PAD, BEGIN]] = False

    def allowed(self) -> Tensor:
        """Return the mask, `1 x vocabulary`."""
        return self._allowed

    def advance(self, tokens: Tensor) -> None:
        """Nothing to note: the mask does not depend on what was emitted."""

    def keep(self, rows: Tensor) -> None:
        """Nothing to drop: all rows share one mask."""


class SequenceRepresentation(Representation):
    """Symbols in any order; how a string is split does not depend on the data."""

    @classmethod
    @abstractmethod
    def symbols(cls, string: str) -> list[str]:
        """Split a string into its symbols; raises RepresentationError where it has none."""

    @classmethod
    def build(
        cls,
        strings: Iterable[str],
        max_length: int,
        min_count: int = 1,
        grammar: Grammar | None = None,
    ) -> Self:
        """Collect the vocabulary of the strings; those that cannot be split are left out."""
        del grammar
        return cls(Vocabulary.from_sequences(cls._splittable(strings), min_count), max_length)

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """Build a representation from `to_config()` and its vocabulary."""
        return cls(vocabulary, config["max_length"])

    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Start the decoding of `num_rows` rows."""
        del num_rows
        return SequenceMask(len(self.vocabulary), device)

    @classmethod
    def _splittable(cls, strings: Iterable[str]) -> Iterable[list[str]]:
        for string in strings:
            try:
                yield cls.symbols(string)
            except RepresentationError:
                continue
