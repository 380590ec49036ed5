"""Features of a sentence: counts of the patterns of its parse tree."""

import zlib
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from latentbo.parsing.errors import ParseError
from latentbo.parsing.grammar import Grammar
from latentbo.parsing.parser import Parser

# Number of columns that patterns are hashed to.
NUM_PATTERNS = 1024
# Maximum length, in productions, of a phrase that counts as one pattern.
_LONGEST_PHRASE = 12


def pattern_counts(parser: Parser, sentences: Sequence[str]) -> Tensor:
    """Count the patterns of sentences, hashed to a fixed number of columns.

    Args:
        parser: Of the grammar.
        sentences: n strings.

    Returns:
        An `n x NUM_PATTERNS`-dim double tensor of counts; zeros for strings that do not parse.
    """
    counts = torch.zeros(len(sentences), NUM_PATTERNS, dtype=torch.float64)
    for row, sentence in enumerate(sentences):
        try:
            derivation = parser.parse(sentence)
        except ParseError:
            continue
        for pattern in tree_patterns(parser.grammar, derivation):
            # Not Python's hash, which differs between processes.
            counts[row, zlib.crc32(pattern.encode()) % NUM_PATTERNS] += 1
    return counts


def tree_patterns(grammar: Grammar, derivation: Sequence[int]) -> Iterator[str]:
    """Yield the patterns of a derivation, as text.

    For every node: its production; its production with those of its children; and its whole phrase,
    unless it is long. Productions that only replace a non-terminal by another are skipped.

    Args:
        grammar: The grammar.
        derivation: Indices into its productions, in pre-order.
    """
    stack: list[tuple[str, str, int]] = []  # label, phrase, size of the nodes to the right
    for index in reversed(derivation):
        production = grammar.productions[index]
        children = [stack.pop() for _ in production.children]
        if len(production.rhs) == 1 and children:
            stack.append(children[0])
            continue
        label = str(index)
        phrases = iter([phrase for _, phrase, _ in children])
        phrase = "".join(
            symbol.name if symbol.is_terminal else next(phrases) for symbol in production.rhs
        )
        size = 1 + sum(size for _, _, size in children)
        yield f"production {label}"
        if children:
            yield f"family {label} {' '.join(name for name, _, _ in children)}"
        if 1 < size <= _LONGEST_PHRASE:
            yield f"phrase {production.lhs} {phrase}"
        stack.append((label, phrase, size))
