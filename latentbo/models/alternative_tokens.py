"""The alternatives to each token: under a grammar, productions with the same left-hand side."""

import torch
from torch import Tensor

from latentbo.representations import BEGIN, END, PAD, Representation
from latentbo.representations.grammar import GrammarRepresentation


def alternatives(representation: Representation) -> Tensor | None:
    """Return the mask of alternatives to each token, or None if all tokens are alternatives.

    Under a grammar, the previous tokens determine the non-terminal to expand; the alternatives are
    its productions, merged ones included. The end has no alternative: a derivation ends exactly
    when no non-terminal is left.

    Returns:
        A boolean `vocabulary x vocabulary` tensor, one row per true token. Padding and begin have
        the row of the end.
    """
    if not isinstance(representation, GrammarRepresentation):
        return None
    size = len(representation.vocabulary)
    table = torch.zeros(size, size, dtype=torch.bool)
    table[[PAD, BEGIN, END], END] = True
    sides = [production.lhs for production in representation.token_grammar.productions]
    numbers = {side: number for number, side in enumerate(dict.fromkeys(sides))}
    groups = torch.tensor([numbers[side] for side in sides])
    table[END + 1 :, END + 1 :] = groups[:, None] == groups
    return table
