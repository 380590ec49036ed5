"""Subtrees of derivations: in pre-order each is one run of productions."""

from collections.abc import Sequence

from latentbo.parsing.grammar import Grammar


def subtree_ends(grammar: Grammar, derivation: Sequence[int]) -> list[int]:
    """Return for each production of a derivation the place after its subtree.

    Args:
        grammar: A grammar.
        derivation: Indices into `grammar.productions` in pre-order, a complete derivation.
    """
    ends = [0] * len(derivation)
    roots: list[int] = []  # places after the subtrees to the right, the leftmost last
    for place in reversed(range(len(derivation))):
        arity = len(grammar.productions[derivation[place]].children)
        ends[place] = roots[-arity] if arity else place + 1
        del roots[len(roots) - arity :]
        roots.append(ends[place])
    return ends
