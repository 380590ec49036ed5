"""Sentences of a context-free grammar as the productions of their leftmost derivation.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import Any, Self

import torch

from latentbo.errors import ConfigurationError
from latentbo.parsing import Grammar, ParseError, parser_for, write_sentence
from latentbo.parsing.frequent import learn_inlinings
from latentbo.parsing.inlining import InlinedGrammar
from latentbo.representations.base import (
    Decoded,
    DecoderMask,
    DecodeStatus,
    Representation,
    RepresentationError,
    check_vocabulary_size,
    shorten,
)
from latentbo.representations.stack import StackMask, StackTables
from latentbo.representations.vocabulary import END, SPECIAL_SYMBOLS, Vocabulary

#: Token of a grammar's first production.
FIRST = END + 1
#: Maximum number of strings for learning merges (15 s with molecules and 1,000 merges).
LEARNED_FROM = 50_000


class GrammarRepresentation(Representation):
    """Productions in pre-order; production i of the grammar is token i + 3.

    Productions that are frequent neighbours in derivation trees can be merged into tokens of their
    own by inlining (the merges of the vocabulary), which shortens rows without loss. The tokens are
    again the productions of a grammar of the same language, so the decoder's mask needs no
    knowledge of merges. Merges never lengthen a row, so no string is refused because of them.

    Args:
        grammar: The grammar; its productions are the symbols of the vocabulary.
        max_length: Number of token positions of a row, the end token included.
        merges: For each further token the outer token, the index of a non-terminal on its
            right-hand side, and the token that replaces it; see `InlinedGrammar`.

    Attributes:
        grammar: The original grammar, which parses strings.
        token_grammar: The grammar whose production i is token i + 3, merged ones included.

    Raises:
        ConfigurationError: If the merges do not fit the grammar.
    """

    name = "grammar"

    def __init__(
        self, grammar: Grammar, max_length: int, merges: Iterable[Sequence[int]] = ()
    ) -> None:
        productions = tuple(str(production) for production in grammar.productions)
        made_of = tuple(tuple(merge) for merge in merges)
        super().__init__(Vocabulary(SPECIAL_SYMBOLS + productions, made_of), max_length)
        self.grammar = grammar
        self.parser = parser_for(grammar)
        self._inlined = InlinedGrammar(grammar, made_of, FIRST)
        self.token_grammar = self._inlined.grammar
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
        """Use all productions of the grammar as symbols, and learn merges from the strings.

        Merges are learned from every k-th string, with the smallest k that gives at most 50,000;
        strings that do not parse are skipped, the length does not matter.

        Raises:
            ConfigurationError: If there is no grammar, or `vocabulary_size` is smaller than the
                number of productions and special tokens.
        """
        if grammar is None:
            raise ConfigurationError("the grammar representation needs a grammar: add --grammar")
        least = FIRST + len(grammar.productions)
        if vocabulary_size is None:
            return cls(grammar, max_length)
        check_vocabulary_size(vocabulary_size, least, "productions of the grammar")
        derivations = _derivations(grammar, list(strings))
        merges = learn_inlinings(grammar, derivations, vocabulary_size - least, max(2, min_count))
        tokens = [(outer + FIRST, position, inner + FIRST) for outer, position, inner in merges]
        return cls(grammar, max_length, tokens)

    @classmethod
    def from_config(cls, config: dict[str, Any], vocabulary: Vocabulary) -> Self:
        """Build a representation from `to_config()` and its vocabulary.

        Raises:
            ConfigurationError: If the vocabulary is not the grammar's.
            GrammarError: If the grammar cannot be read.
        """
        grammar = Grammar.from_text(config["grammar"])
        if vocabulary.symbols != SPECIAL_SYMBOLS + tuple(map(str, grammar.productions)):
            raise ConfigurationError(
                f"the vocabulary's {len(vocabulary.symbols)} symbols are not the special symbols "
                f"and the {len(grammar.productions)} productions of the model's grammar"
            )
        return cls(grammar, config["max_length"], vocabulary.merges)

    def to_config(self) -> dict[str, Any]:
        """Return the configuration for `from_config`, without the vocabulary."""
        return {**super().to_config(), "grammar": self.grammar.text}

    def cache_key(self) -> str:
        """Return the cache key of encodings: grammar, length and merges."""
        key = f"{self.name}-{self.grammar.fingerprint}-{self.max_length}"
        if not self.vocabulary.merges:
            return key
        merges = json.dumps(self.vocabulary.merges).encode()
        return f"{key}-{hashlib.sha256(merges).hexdigest()}"

    def indices(self, string: str) -> list[int]:
        """Return the token indices of one string, the end token last, without padding.

        Raises:
            RepresentationError: If the string is empty or not a sentence of the grammar (the
                message has a caret under the offending symbol), or has more than `max_length - 1`
                productions after merging.
        """
        productions = self._inlined.contract(self.derivation(string))
        if len(productions) >= self.max_length:
            kind = "merged productions" if self.vocabulary.merges else "productions"
            raise RepresentationError(
                f"{shorten(string)!r} has {len(productions)} {kind}, this model holds at most "
                f"{self.max_length - 1}: leave it out, or train with a larger --max-length"
            )
        return [production + FIRST for production in productions] + [END]

    def contract(self, tokens: list[int]) -> list[int]:
        """Merge the productions of a derivation, or of the beginning of one, as token indices."""
        merged = self._inlined.contract([token - FIRST for token in tokens])
        return [production + FIRST for production in merged]

    def expand(self, tokens: Sequence[int]) -> list[int]:
        """Return the productions of merged tokens, as token indices."""
        productions = self._inlined.expand([token - FIRST for token in tokens])
        return [production + FIRST for production in productions]

    def symbols(self, string: str) -> list[str]:
        """Return the productions of a string's leftmost derivation, as text.

        Raises:
            RepresentationError: If the string is empty or not a sentence of the grammar.
        """
        return [
            self.vocabulary.symbols[production + FIRST] for production in self.derivation(string)
        ]

    def join(self, symbols: Sequence[str]) -> str | None:
        """Write the sentence of a derivation; None if it is not complete."""
        known = self.vocabulary.indices
        if any(symbol not in known for symbol in symbols):
            return None
        return write_sentence(self.grammar, [known[symbol] - FIRST for symbol in symbols])

    def decoder_mask(self, num_rows: int, device: torch.device) -> DecoderMask:
        """Return the mask for decoding `num_rows` rows."""
        length = self.decode_length if self.finishes else None
        return StackMask(self._tables, num_rows, device, length)

    def finishing(self) -> Self:
        """Return a copy with a mask under which no decode runs out of length.

        Raises:
            ConfigurationError: If no sentence of the grammar is short enough.
        """
        if self._tables.shortest >= self.decode_length:
            raise ConfigurationError(
                f"the shortest sentence of the grammar has {self._tables.shortest} productions, "
                f"this model holds at most {self.max_length - 1}: train with a larger --max-length"
            )
        other = copy(self)
        other.finishes = True
        return other

    @cached_property
    def _tables(self) -> StackTables:
        return StackTables.of(self.token_grammar)

    def derivation(self, string: str) -> list[int]:
        """Return the productions of a string's leftmost derivation, as indices into the grammar.

        Raises:
            RepresentationError: If the string is empty or not a sentence of the grammar.
        """
        if not string:
            raise RepresentationError("an empty string has no symbols: remove the line")
        try:
            return self.parser.parse(string)
        except ParseError as error:
            raise RepresentationError(*_messages(error)) from error

    def _read(self, body: list[int]) -> Decoded:
        productions = [token - FIRST for token in body]
        sentence = write_sentence(self.token_grammar, productions)
        if sentence is None:
            return Decoded(None, self._failure(productions))
        return Decoded(sentence, DecodeStatus.COMPLETE if sentence else DecodeStatus.EMPTY)

    def _failure(self, productions: Sequence[int]) -> DecodeStatus:
        """Distinguish an incomplete derivation from productions that begin none."""
        stack = [self.grammar.start]
        for index in productions:
            production = self.token_grammar.productions[index]
            if not stack or stack.pop() != production.lhs:
                return DecodeStatus.UNREADABLE
            stack += reversed(production.children)
        return DecodeStatus.UNFINISHED


def _derivations(grammar: Grammar, strings: Sequence[str]) -> Iterator[list[int]]:
    """Yield the derivations of all, or of evenly spaced, strings; skip those that do not parse."""
    parser = parser_for(grammar)
    for string in strings[:: max(1, -(-len(strings) // LEARNED_FROM))]:
        try:
            derivation = parser.parse(string)
        except ParseError:
            continue
        yield derivation


def _messages(error: ParseError) -> tuple[str, str]:
    """Return the message of a parse error with its caret, and in one line for a table."""
    what, *picture, expected = str(error).splitlines()
    start = f"{shorten(error.string)!r} is not a sentence of the grammar: {what}"
    remedy = "fix the string or leave it out"
    return (
        "\n".join([start, *picture, f"{expected}: {remedy}"]),
        f"{start.rstrip(':')}, {expected}: {remedy}",
    )
