"""Write derivations as strings, and draw random derivations."""

import random
from collections.abc import Sequence

from latentbo.errors import ConfigurationError
from latentbo.parsing.grammar import Grammar


def write_sentence(grammar: Grammar, productions: Sequence[int]) -> str | None:
    """Write the sentence of a leftmost derivation.

    Args:
        grammar: A grammar.
        productions: Indices into `grammar.productions`, in pre-order of the tree.

    Returns:
        The sentence; None if the productions are not a complete derivation.
    """
    expansions = grammar.expansions
    stack = [(grammar.start, False)]
    pieces: list[str] = []
    for number in productions:
        while stack and stack[-1][1]:
            pieces.append(stack.pop()[0])
        if not stack or not 0 <= number < len(expansions):
            return None
        lhs, reversed_rhs = expansions[number]
        if stack.pop()[0] != lhs:
            return None
        stack += reversed_rhs
    while stack and stack[-1][1]:
        pieces.append(stack.pop()[0])
    return None if stack else "".join(pieces)


def sample_derivation(grammar: Grammar, generator: random.Random, max_length: int) -> list[int]:
    """Draw a leftmost derivation at random.

    Each production is drawn uniformly from those of the leftmost non-terminal after which the
    derivation can still end within the maximum length.

    Args:
        grammar: A grammar.
        generator: The source of randomness.
        max_length: Largest number of productions.

    Returns:
        Indices into `grammar.productions`, at most `max_length`.

    Raises:
        ConfigurationError: If no derivation is that short.
    """
    shortest = grammar.minimal_lengths
    if max_length < shortest[grammar.start]:
        raise ConfigurationError(
            f"max_length {max_length} is too small for this grammar: its shortest sentence needs "
            f"{shortest[grammar.start]} productions; raise it"
        )
    derivation: list[int] = []
    open_symbols, room = [grammar.start], max_length - shortest[grammar.start]
    while open_symbols:
        lhs = open_symbols.pop()
        # `room`: productions left beyond the minimum need of the open symbols.
        room += shortest[lhs] - 1
        choices = [
            number
            for number in grammar.productions_of[lhs]
            if grammar.minimal_needs[number] <= room
        ]
        number = generator.choice(choices)
        room -= grammar.minimal_needs[number]
        open_symbols += reversed(grammar.productions[number].children)
        derivation.append(number)
    return derivation
