"""Which tokens could stand in place of a token: what a grammar leaves the decoder to decide."""

import torch
from torch import Tensor

from latentbo.representations import BEGIN, END, PAD, Representation
from latentbo.representations.grammar import GrammarRepresentation


def alternatives(representation: Representation) -> Tensor | None:
    """Return which tokens compete with each token, or None where all do.

    Under a grammar, the non-terminal to be expanded is known from the tokens before; the
    productions of the same non-terminal compete, merged ones included. The end has no rival: a
    derivation ends where no non-terminal is left.

    Returns:
        A boolean `vocabulary x vocabulary` tensor, a row for each true token. Padding and begin
        have the row of the end.
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
