"""Sentences of a context-free grammar as the productions of their leftmost derivation.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from functools import cached_property
from typing import Any, Self

import torch

from latentbo.errors import ConfigurationError
from latentbo.parsing import Grammar, ParseError, parser_for, write_sentence
from latentbo.representations.base import (
    Decoded,
    DecoderMask,
    DecodeStatus,
    Representation,
    RepresentationError,
    shorten,
)
from latentbo.representations.stack import StackMask, StackTables
from latentbo.representations.vocabulary import END, SPECIAL_SYMBOLS, Vocabulary

__all__ = ["GrammarRepresentation"]

#: Token of a grammar's first production.
FIRST = END + 1


class GrammarRepresentation(Representation):
    """Productions in pre-order; production i of the grammar is token i + 3.

    Args:
        grammar: The grammar, all of whose productions are the vocabulary.
        max_length: Number of token positions of a row, the end token included: a derivation has at
            most `max_length - 1` productions.
    """

    name = "grammar"

    def __init__(self, grammar: Grammar, max_length: int) -> None:
        productions = tuple(str(production) for production in grammar.productions)
        super().__init__(Vocabulary(SPECIAL_SYMBOLS + productions), max_length)
        self.grammar = grammar
        self.parser = parser_for(grammar)
        self.finishes = False

    @classmethod
    def build(
        cls,
        strings: Iterable[str],
        max_length: int,
        min_count: int = 1,
        grammar: Grammar | None = None,
        vocabulary_size: int | None = None,
    ) -> Self:
        """Take all productions of the grammar, whatever the strings are.

        Raises:
            ConfigurationError: If there is no grammar.
        """
        del strings, min_count
        if grammar is None:
            raise ConfigurationError("the grammar representation needs a grammar: add --grammar")
        return cls(grammar, max_length)

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """Build a representation from `to_config()` and its vocabulary.

        Raises:
            ConfigurationError: If the vocabulary is not the grammar's.
            GrammarError: If the grammar cannot be read.
        """
        built = cls(Grammar.from_text(config["grammar"]), config["max_length"])
        if built.vocabulary != vocabulary:
            raise ConfigurationError(
                f"the vocabulary's {len(vocabulary)} symbols are not the special symbols and "
                f"the {len(built.grammar.productions)} productions of the model's grammar"
            )
        return built

    def to_config(self) -> dict[str, Any]:
        """Return what `from_config` needs, beside the vocabulary, to build this again."""
        return {**super().to_config(), "grammar": self.grammar.text}

    def cache_key(self) -> str:
        """Return a name for what encoding depends on: the grammar and the length."""
        return f"{self.name}-{self.grammar.fingerprint}-{self.max_length}"

    def indices(self, string: str) -> list[int]:
        """Return the token indices of one string, the end token last, without padding.

        Raises:
            RepresentationError: If the string is empty or no sentence of the grammar (the message
                has a caret under the offending symbol), or has more than `max_length - 1`
                productions.
        """
        productions = self._parse(string)
        if len(productions) >= self.max_length:
            raise RepresentationError(
                f"{shorten(string)!r} has {len(productions)} productions, this model holds at most "
                f"{self.max_length - 1}: leave it out, or train with a larger --max-length"
            )
        return [production + FIRST for production in productions] + [END]

    def symbols(self, string: str) -> list[str]:
        """Return the productions of a string's leftmost derivation, as text.

        Raises:
            RepresentationError: If the string is empty or no sentence of the grammar.
        """
        return [self.vocabulary.symbols[production + FIRST] for production in self._parse(string)]

    def join(self, symbols: Sequence[str]) -> str | None:
        """Write the sentence of a derivation; None if this is no complete derivation."""
        known = self.vocabulary.indices
        if any(symbol not in known for symbol in symbols):
            return None
        return write_sentence(self.grammar, [known[symbol] - FIRST for symbol in symbols])

    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Start the decoding of `num_rows` rows."""
        length = self.max_length if self.finishes else None
        return StackMask(self._tables, num_rows, device, length)

    def finishing(self) -> Self:
        """Return the same, with a mask under which no decode runs out of length.

        Raises:
            ConfigurationError: If no sentence of the grammar is short enough.
        """
        if self._tables.shortest >= self.max_length:
            raise ConfigurationError(
                f"the shortest sentence of the grammar has {self._tables.shortest} productions, "
                f"this model holds at most {self.max_length - 1}: train with a larger --max-length"
            )
        other = copy(self)
        other.finishes = True
        return other

    @cached_property
    def _tables(self) -> StackTables:
        return StackTables.of(self.grammar)

    def _parse(self, string: str) -> list[int]:
        if not string:
            raise RepresentationError("an empty string has no symbols: remove the line")
        try:
            return self.parser.parse(string)
        except ParseError as error:
            raise RepresentationError(*_messages(error)) from error

    def _read(self, body: list[int]) -> Decoded:
        productions = [token - FIRST for token in body]
        sentence = write_sentence(self.grammar, productions)
        if sentence is None:
            return Decoded(None, self._failure(productions))
        return Decoded(sentence, DecodeStatus.COMPLETE if sentence else DecodeStatus.EMPTY)

    def _failure(self, productions: Sequence[int]) -> DecodeStatus:
        """Tell what begins a derivation, and is only incomplete, from what does not."""
        stack = [self.grammar.start]
        for index in productions:
            production = self.grammar.productions[index]
            if not stack or stack.pop() != production.lhs:
                return DecodeStatus.UNREADABLE
            stack += reversed(production.children)
        return DecodeStatus.UNFINISHED


def _messages(error: ParseError) -> tuple[str, str]:
    """Word a parse error with its caret, and in one line for a table."""
    what, *picture, expected = str(error).splitlines()
    start = f"{shorten(error.string)!r} is no sentence of the grammar: {what}"
    remedy = "mend the string or leave it out"
    return (
        "\n".join([start, *picture, f"{expected}: {remedy}"]),
        f"{start.rstrip(':')}, {expected}: {remedy}",
    )
