"""Change one molecule a little: the mutations of Jensen's graph-based genetic algorithm."""

import random
from itertools import islice

from rdkit import Chem, rdBase

from latentbo.proposals.chance import draw
from latentbo.proposals.graph_edits import (
    Edit,
    add_ring_bond,
    append_atom,
    change_atom,
    change_bond_order,
    delete_atom,
    delete_ring_bond,
    insert_atom,
)
from latentbo.proposals.graph_rules import NO_LIMITS, ChildRules, Parent, finish

# The kinds of mutation and their shares (Jensen, Chemical Science 10, 2019).
MUTATIONS: dict[Edit, float] = {
    insert_atom: 0.15,
    change_bond_order: 0.14,
    delete_ring_bond: 0.14,
    add_ring_bond: 0.14,
    delete_atom: 0.14,
    change_atom: 0.14,
    append_atom: 0.15,
}
# Draws of a kind, and places that are tried for each: no call takes long.
MAX_KINDS = 10
MAX_PLACES = 8


def mutate(
    molecule: Chem.Mol | Parent, chance: random.Random, rules: ChildRules = NO_LIMITS
) -> Chem.Mol | None:
    """Return a molecule that differs from another by one edit.

    Args:
        molecule: A sanitized molecule, which stays as it is, or what was made ready of it.
        chance: Draws everything.
        rules: What the child must keep.

    Returns:
        A sanitized molecule without stereochemistry, or None if no try gave one: for salts and
        radicals always.
    """
    with rdBase.BlockLogs():
        graph = Parent.of(molecule).graph
        if graph is None:
            return None
        for _ in range(MAX_KINDS):
            edit = draw(MUTATIONS, chance)
            for edited in islice(edit(graph, chance), MAX_PLACES):
                child = finish(edited, rules, chance)
                if child is not None:
                    return child
    return None
