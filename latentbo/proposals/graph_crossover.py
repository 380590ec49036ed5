"""Join parts of two molecules: the crossovers of Jensen's graph-based genetic algorithm.

Half the time both parents are cut at an acyclic single bond and a piece of each is joined by a
single bond; half the time both are cut through two bonds of a ring and a piece of each closes to a
new ring. J. Jensen, "A graph-based genetic algorithm and generative model/Monte Carlo tree search
for the exploration of chemical space", Chemical Science 10, 2019.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from rdkit import Chem, rdBase

from latentbo.chemistry import bonds
from latentbo.proposals.chance import shuffled
from latentbo.proposals.graph_rules import NO_LIMITS, ChildRules, Parent, finish, flat_smiles

# Pairs of cuts that are tried, children of one pair, and children in all: no call takes long.
MAX_CUTS = 60
MAX_CHILDREN_OF_A_CUT = 6
MAX_CHILDREN = 60
# Draws of two bonds of a ring until they part the molecule.
MAX_RING_CUTS = 10

SINGLE, DOUBLE = Chem.BondType.SINGLE, Chem.BondType.DOUBLE


@dataclass(frozen=True)
class Piece:
    """One side of a cut.

    Attributes:
        molecule: A connected Kekulé structure.
        ends: The atom that lost a bond, one for each bond cut. Both may be the same atom.
    """

    molecule: Chem.Mol
    ends: tuple[int, ...]


def crossover(
    first: Chem.Mol | Parent,
    second: Chem.Mol | Parent,
    chance: random.Random,
    rules: ChildRules = NO_LIMITS,
) -> Chem.Mol | None:
    """Return a child of two molecules that is neither of them.

    Args:
        first: A sanitized molecule, which stays as it is, or what was made ready of it.
        second: Another, or the same.
        chance: Draws everything.
        rules: What the child must keep.

    Returns:
        A sanitized molecule without stereochemistry, or None if no try gave one: for salts,
        radicals and molecules without a bond to cut always.
    """
    with rdBase.BlockLogs():
        one, other = Parent.of(first), Parent.of(second)
        if one.graph is None or other.graph is None:
            return None
        known = {one.flat_smiles, other.flat_smiles}
        for graph in islice(_children(one.graph, other.graph, chance), MAX_CHILDREN):
            child = finish(graph, rules, chance)
            if child is not None and flat_smiles(child) not in known:
                return child
    return None


def _children(one: Chem.Mol, other: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Cut and join again and again; which way is drawn each time."""
    for _ in range(MAX_CUTS):
        ways = acyclic_children if chance.random() < 0.5 else ring_children
        yield from islice(ways(one, other, chance), MAX_CHILDREN_OF_A_CUT)


def acyclic_children(one: Chem.Mol, other: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Cut an acyclic single bond of each, join the pieces in all ways, in random order.

    Args:
        one: A Kekulé structure, as `workable` makes them.
        other: Another.
        chance: Draws the bonds and the order.

    Yields:
        Edited graphs; no more than the four pairs of pieces.
    """
    pieces, others = cut_acyclic(one, chance), cut_acyclic(other, chance)
    for piece, partner in shuffled(list(product(pieces, others)), chance):
        yield _join(piece, partner, (SINGLE,))


def ring_children(one: Chem.Mol, other: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Cut a ring of each, close the pieces to new rings in all ways, in random order.

    Args:
        one: A Kekulé structure, as `workable` makes them.
        other: Another.
        chance: Draws the bonds and the order.

    Yields:
        Edited graphs. The two new bonds are single or double, and either end of a piece may go to
        either end of the other.
    """
    pieces, others = cut_ring(one, chance), cut_ring(other, chance)
    flipped = [Piece(piece.molecule, piece.ends[::-1]) for piece in others]
    orders = list(product((SINGLE, DOUBLE), repeat=2))
    ways = list(product(pieces, others + flipped, orders))
    for piece, partner, kinds in shuffled(ways, chance):
        # Two single atoms would be joined twice, by bonds that are no ring.
        if len(set(piece.ends)) > 1 or len(set(partner.ends)) > 1:
            yield _join(piece, partner, kinds)


def cut_acyclic(molecule: Chem.Mol, chance: random.Random) -> list[Piece]:
    """Cut one single bond outside rings; no pieces if there is none.

    Bonds between two charges stay: the charges need each other, as in a nitro group.
    """
    places = [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        for bond in bonds(molecule)
        if bond.GetBondType() == SINGLE
        and not bond.IsInRing()
        and not (bond.GetBeginAtom().GetFormalCharge() and bond.GetEndAtom().GetFormalCharge())
    ]
    return _pieces(molecule, [chance.choice(places)]) if places else []


def cut_ring(molecule: Chem.Mol, chance: random.Random) -> list[Piece]:
    """Cut two bonds of a ring; no pieces if there is no ring or no draw parts it.

    Half the time the bonds meet at an atom that carries more than the ring, which leaves with what
    it carries; half the time one bond lies between them.
    """
    rings = molecule.GetRingInfo().AtomRings()
    for _ in range(MAX_RING_CUTS if rings else 0):
        ring = chance.choice(rings)
        gap = chance.choice((1, 2))
        start = chance.randrange(len(ring))
        atoms = [ring[(start + step) % len(ring)] for step in (0, 1, gap, gap + 1)]
        if gap == 1 and molecule.GetAtomWithIdx(atoms[1]).GetDegree() == 2:
            continue
        pieces = _pieces(molecule, [(atoms[0], atoms[1]), (atoms[2], atoms[3])])
        if len(pieces) == 2:
            return pieces
    return []


def _pieces(molecule: Chem.Mol, cut: list[tuple[int, int]]) -> list[Piece]:
    """Remove bonds and return the connected pieces, with the atoms that lost a bond."""
    graph = Chem.RWMol(molecule)
    for begin, end in cut:
        graph.RemoveBond(begin, end)
    numbers: list[tuple[int, ...]] = []
    parts = Chem.GetMolFrags(graph, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=numbers)
    pieces = []
    for part, atoms in zip(parts, numbers, strict=True):
        place = {atom: index for index, atom in enumerate(atoms)}
        ends = tuple(place[atom] for bond in cut for atom in bond if atom in place)
        pieces.append(Piece(part, ends))
    return pieces


def _join(piece: Piece, partner: Piece, orders: tuple[Chem.BondType, ...]) -> Chem.RWMol:
    """Bond the ends of two pieces, first to first and second to second."""
    graph = Chem.RWMol(Chem.CombineMols(piece.molecule, partner.molecule))
    shift = piece.molecule.GetNumAtoms()
    for begin, end, order in zip(piece.ends, partner.ends, orders, strict=True):
        graph.AddBond(begin, shift + end, order)
    return graph
