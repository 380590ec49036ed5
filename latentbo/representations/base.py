"""The interface between strings and token tensors.

A representation turns a string into a row of token indices and back, and masks the tokens that a
decoder may emit next. The mask is an object with state (`DecoderMask`), because under a grammar it
depends on the tokens emitted so far.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.parsing import Grammar
from latentbo.representations.vocabulary import END, PAD, Vocabulary

#: Rows that bulk encoding holds as lists at a time: a list takes 8 bytes per token.
BULK = 10_000


def shorten(text: str, length: int = 80) -> str:
    """Shorten a text for a message."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


class RepresentationError(InputError):
    """A string cannot be represented.

    Args:
        message: The fault and its remedy; may have several lines.
        reason: The message in one line, for tables; by default the message.
    """

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = message if reason is None else reason


class DecodeStatus(StrEnum):
    """The end of the decoding of one row of tokens."""

    COMPLETE = "complete"
    UNFINISHED = "unfinished"  # no end token within the maximum length
    EMPTY = "empty"
    UNREADABLE = "unreadable"  # tokens that do not form a string


@dataclass(frozen=True)
class Decoded:
    """One decoded row: its string (None unless the status is `complete`) and its status."""

    string: str | None
    status: DecodeStatus


@dataclass(frozen=True)
class Rejected:
    """A string that bulk encoding skipped: its position in the input, the string, the reason."""

    position: int
    string: str
    reason: str


class DecoderMask(Protocol):
    """The tokens that may come next, for every row of a batch during decoding."""

    def allowed(self) -> Tensor:
        """Return a boolean tensor, `n x vocabulary` (or broadcastable to it)."""

    def advance(self, tokens: Tensor) -> None:
        """Update the state by the `n` tokens just emitted."""

    def keep(self, rows: Tensor) -> None:
        """Keep only these rows (a boolean or index tensor; an index may be repeated)."""


class Representation(ABC):
    """Strings as rows of tokens: symbols, then one end token, then padding.

    Args:
        vocabulary: The symbols in index order.
        max_length: Number of token positions of a row, the end token included.

    Attributes:
        longest: Positions of the longest row of the training data, if rows are merged.
    """

    name: str

    def __init__(self, vocabulary: Vocabulary, max_length: int) -> None:
        self.vocabulary = vocabulary
        self.max_length = max_length
        self.longest: int | None = None

    @property
    def decode_length(self) -> int:
        """Number of positions after which an unfinished decode is stopped.

        Merges make rows much shorter than `max_length`, which also has room for unmerged strings.
        So a decode gets twice the length of the longest row of the training data.
        """
        return self.max_length if self.longest is None else min(self.max_length, 2 * self.longest)

    def learn_length(self, tokens: Tensor) -> None:
        """Store the length of the longest of the `n x max_length` rows of the training data."""
        if self.vocabulary.merges and len(tokens):
            self.longest = int((tokens != PAD).sum(1).max())

    @classmethod
    @abstractmethod
    def build(
        cls,
        strings: Iterable[str],
        max_length: int,
        min_count: int = 1,
        grammar: Grammar | None = None,
        vocabulary_size: int | None = None,
    ) -> Self:
        """Make the representation for a data set.

        Args:
            strings: The data; strings that cannot be represented are skipped.
            max_length: Number of token positions of a row, the end token included.
            min_count: Minimum count of a symbol in the vocabulary, and of a merged run of symbols
                (there at least 2).
            grammar: For the grammar representation, which uses all of its productions.
            vocabulary_size: Number of tokens, the three special ones included: frequent runs of
                symbols are merged up to this number (or fewer, if no others are frequent). None: no
                merges.

        Raises:
            ConfigurationError: If a grammar is needed and missing, or `vocabulary_size` is smaller
                than the number of symbols.
        """

    @classmethod
    @abstractmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """Build a representation from `to_config()` and its vocabulary."""

    @abstractmethod
    def symbols(self, string: str) -> list[str]:
        """Split a string into its symbols; raises RepresentationError if it cannot be split."""

    @abstractmethod
    def join(self, symbols: Sequence[str]) -> str | None:
        """Write symbols as a string; None if they do not form one."""

    @abstractmethod
    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Return the mask for decoding `num_rows` rows, at the first token."""

    def finishing(self) -> Self:
        """Return a representation whose mask, if possible, makes every decode end in time.

        Possible under a grammar, where the number of productions that complete a derivation is
        known. By default this is the representation itself.
        """
        return self

    def indices(self, string: str) -> list[int]:
        """Return the token indices of one string, the end token last, without padding.

        Raises:
            RepresentationError: If the string is empty, cannot be split, holds an unknown symbol or
                has more than `max_length - 1` symbols; the message names string, position, remedy.
        """
        symbols = self.symbols(string)
        merged = bool(self.vocabulary.merges)
        if len(symbols) >= self.max_length and not merged:
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
        tokens = self.contract([known[symbol] for symbol in symbols])
        if len(tokens) >= self.max_length:
            raise RepresentationError(
                f"{shorten(string)!r} has {len(tokens)} merged symbols, this model holds at most "
                f"{self.max_length - 1}: leave it out, or train with a larger --max-length"
            )
        return [*tokens, END]

    def contract(self, tokens: list[int]) -> list[int]:
        """Merge the symbols of a string, given as token indices; by default nothing is merged."""
        return tokens

    def expand(self, tokens: Sequence[int]) -> list[int]:
        """Undo `contract`: return the symbols of merged tokens, as token indices."""
        return list(tokens)

    def encode(self, strings: Sequence[str]) -> Tensor:
        """Return the `n x max_length` token tensor (int64) of the strings, padded with 0.

        Raises:
            RepresentationError: For the first string that cannot be represented.
        """
        return self._pad([self.indices(string) for string in strings])

    def encode_bulk(self, strings: Iterable[str]) -> tuple[Tensor, list[int], list[Rejected]]:
        """Encode all strings that can be represented.

        Returns:
            The `m x max_length` tokens (uint8 if the vocabulary allows, for memory), the positions
            of these `m` strings, and the rejected strings with their reasons.
        """
        parts = [self._pad([], self.token_dtype)]
        positions: list[int] = []
        rejected: list[Rejected] = []
        numbered = enumerate(strings)
        while part := list(islice(numbered, BULK)):
            rows = []
            for position, string in part:
                try:
                    rows.append(self.indices(string))
                except RepresentationError as error:
                    rejected.append(Rejected(position, string, error.reason))
                else:
                    positions.append(position)
            parts.append(self._pad(rows, self.token_dtype))
        return torch.cat(parts), positions, rejected

    @property
    def token_dtype(self) -> torch.dtype:
        """The smallest integer type that holds every token."""
        return torch.uint8 if len(self.vocabulary) <= 256 else torch.int16

    def _pad(self, rows: list[list[int]], dtype: torch.dtype = torch.int64) -> Tensor:
        tokens = torch.full((len(rows), self.max_length), PAD, dtype=dtype)
        lengths = torch.tensor([len(row) for row in rows], dtype=torch.int64)
        inside = torch.arange(self.max_length) < lengths[:, None]
        tokens[inside] = torch.tensor(list(chain.from_iterable(rows)), dtype=dtype)
        return tokens

    def decode(self, tokens: Tensor) -> list[Decoded]:
        """Decode rows of tokens (`n x length`); tokens after an end token are ignored."""
        return [self._decode_row(row) for row in tokens.tolist()]

    def _decode_row(self, row: list[int]) -> Decoded:
        if END not in row:
            return Decoded(None, DecodeStatus.UNFINISHED)
        body = row[: row.index(END)]
        if body and min(body) <= END:
            return Decoded(None, DecodeStatus.UNREADABLE)
        return self._read(body)

    def _read(self, body: list[int]) -> Decoded:
        """Decode the tokens before the end token; none of them is a special one."""
        if not body:
            return Decoded(None, DecodeStatus.EMPTY)
        string = self.join([self.vocabulary.symbols[i] for i in self.expand(body)])
        if string is None:
            return Decoded(None, DecodeStatus.UNREADABLE)
        return Decoded(string or None, DecodeStatus.COMPLETE if string else DecodeStatus.EMPTY)

    def to_config(self) -> dict[str, Any]:
        """Return the configuration for `from_config`, without the vocabulary."""
        longest = {} if self.longest is None else {"longest": self.longest}
        return {"name": self.name, "max_length": self.max_length, **longest}

    @classmethod
    def cache_version(cls) -> str:
        """Return the version of the library that splits strings, if any."""
        return ""

    def cache_key(self) -> str:
        """Return a key of all that encoding depends on, except the strings."""
        config = {name: value for name, value in self.to_config().items() if name != "longest"}
        digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
        digest.update("\n".join(self.vocabulary.symbols).encode())
        if self.vocabulary.merges:
            digest.update(json.dumps(self.vocabulary.merges).encode())
        return f"{self.name}-{digest.hexdigest()}"


def check_vocabulary_size(size: int, least: int, parts: str) -> None:
    """Refuse a vocabulary that is too small for its symbols.

    Raises:
        ConfigurationError: If `size` is smaller than `least`.
    """
    if size < least:
        raise ConfigurationError(
            f"a vocabulary of {size} tokens cannot hold the {least - END - 1} {parts} and the "
            f"{END + 1} special tokens: give a --vocabulary-size of at least {least}"
        )
