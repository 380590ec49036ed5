"""The interface between strings and token tensors.

A representation turns a string into a row of token indices and back, and says which tokens a
decoder may emit next. The last part is an object with state (`DecoderMask`), because a grammar's
answer depends on what was emitted before; characters and SELFIES use the constant mask below.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.representations.vocabulary import BEGIN, END, PAD, Vocabulary

__all__ = [
    "DecodeStatus",
    "Decoded",
    "DecoderMask",
    "Rejected",
    "Representation",
    "RepresentationError",
    "SequenceMask",
    "shorten",
]


def shorten(text: str, length: int = 80) -> str:
    """Cut a text that would make a message unreadable."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


class RepresentationError(InputError):
    """A string that the representation cannot hold."""


class DecodeStatus(StrEnum):
    """How the decoding of one row of tokens ended."""

    COMPLETE = "complete"
    UNFINISHED = "unfinished"  # no end token within the maximum length
    EMPTY = "empty"
    UNREADABLE = "unreadable"  # tokens that no string of the representation has


@dataclass(frozen=True)
class Decoded:
    """One decoded row: its string (None unless the status is `complete`) and how it ended."""

    string: str | None
    status: DecodeStatus


@dataclass(frozen=True)
class Rejected:
    """A string that bulk encoding skipped: its position in the input, itself, and the reason."""

    position: int
    string: str
    reason: str


class DecoderMask(Protocol):
    """Which tokens may come next, for every row of a batch that is being decoded."""

    def allowed(self) -> Tensor:
        """Return a boolean tensor, `n x vocabulary` (or broadcastable to it)."""

    def advance(self, tokens: Tensor) -> None:
        """Take note of the `n` tokens just emitted."""

    def keep(self, rows: Tensor) -> None:
        """Drop all rows but these (a boolean or index tensor): the others have ended."""


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


class Representation(ABC):
    """Strings as rows of tokens: symbols, then one end token, then padding.

    Args:
        vocabulary: The symbols in index order.
        max_length: Number of token positions of a row, the end token included.
    """

    name: str

    def __init__(self, vocabulary: Vocabulary, max_length: int) -> None:
        self.vocabulary = vocabulary
        self.max_length = max_length

    @classmethod
    @abstractmethod
    def symbols(cls, string: str) -> list[str]:
        """Split a string into its symbols; raises RepresentationError where it has none."""

    @abstractmethod
    def join(self, symbols: Sequence[str]) -> str | None:
        """Write symbols as a string; None if no string has these symbols."""

    @classmethod
    def from_strings(
        cls, strings: Iterable[str], max_length: int, min_count: int = 1
    ) -> "Representation":
        """Build the vocabulary from strings; those that cannot be split are left out."""
        return cls(Vocabulary.from_sequences(cls._splittable(strings), min_count), max_length)

    @classmethod
    def _splittable(cls, strings: Iterable[str]) -> Iterable[list[str]]:
        for string in strings:
            try:
                yield cls.symbols(string)
            except RepresentationError:
                continue

    def indices(self, string: str) -> list[int]:
        """Return the token indices of one string, the end token last, without padding.

        Raises:
            RepresentationError: If the string is empty, cannot be split, holds an unknown symbol
                or has more than `max_length - 1` symbols; names string, position and remedy.
        """
        symbols = self.symbols(string)
        if len(symbols) >= self.max_length:
            raise RepresentationError(
                f"{shorten(string)!r} has {len(symbols)} symbols, this model holds at most "
                f"{self.max_length - 1} (up to {symbols[self.max_length - 2]!r}, number "
                f"{self.max_length - 1}): leave it out, or train with a larger --max-length"
            )
        known = self.vocabulary.indices
        for position, symbol in enumerate(symbols):
            if symbol not in known:
                raise RepresentationError(
                    f"{shorten(string)!r} holds the symbol {symbol!r} (number {position + 1} of "
                    f"{len(symbols)}), which is not in the vocabulary of this {self.name} model: "
                    f"leave the string out, or train on data that hold the symbol (or "
                    f"with a smaller --min-count)"
                )
        return [known[symbol] for symbol in symbols] + [END]

    def encode(self, strings: Sequence[str]) -> Tensor:
        """Return the `n x max_length` token tensor (int64) of the strings, padded with 0.

        Raises:
            RepresentationError: For the first string that cannot be represented.
        """
        return self._pad([self.indices(string) for string in strings])

    def encode_bulk(self, strings: Iterable[str]) -> tuple[Tensor, list[int], list[Rejected]]:
        """Encode what can be encoded.

        Returns:
            The `m x max_length` tokens (uint8 if the vocabulary allows, for memory), the positions
            of the `m` strings they stand for, and the rejected strings with their reasons.
        """
        rows, positions, rejected = [], [], []
        for position, string in enumerate(strings):
            try:
                rows.append(self.indices(string))
            except RepresentationError as error:
                rejected.append(Rejected(position, string, str(error)))
            else:
                positions.append(position)
        dtype = torch.uint8 if len(self.vocabulary) <= 256 else torch.int16
        return self._pad(rows, dtype), positions, rejected

    def _pad(self, rows: list[list[int]], dtype: torch.dtype = torch.int64) -> Tensor:
        tokens = torch.full((len(rows), self.max_length), PAD, dtype=dtype)
        for i, row in enumerate(rows):
            tokens[i, : len(row)] = torch.tensor(row, dtype=dtype)
        return tokens

    def decode(self, tokens: Tensor) -> list[Decoded]:
        """Read rows of tokens (`n x length`) back; what follows an end token is ignored."""
        return [self._decode_row(row) for row in tokens.tolist()]

    def _decode_row(self, row: list[int]) -> Decoded:
        if END not in row:
            return Decoded(None, DecodeStatus.UNFINISHED)
        body = row[: row.index(END)]
        if not body:
            return Decoded(None, DecodeStatus.EMPTY)
        if min(body) <= END:
            return Decoded(None, DecodeStatus.UNREADABLE)
        string = self.join([self.vocabulary.symbols[i] for i in body])
        if string is None:
            return Decoded(None, DecodeStatus.UNREADABLE)
        return Decoded(string, DecodeStatus.COMPLETE if string else DecodeStatus.EMPTY)

    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Start the decoding of `num_rows` rows: which tokens may come first."""
        del num_rows
        return SequenceMask(len(self.vocabulary), device)

    def to_config(self) -> dict[str, Any]:
        """Return what `latentbo.representations.from_config` needs to build this again."""
        return {"name": self.name, "max_length": self.max_length}
