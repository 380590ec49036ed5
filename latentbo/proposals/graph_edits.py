"""Seven ways to change a molecular graph a little.

Each edit is a function of a Kekulé structure (see `workable`) and a source of chance. It draws what
to do, then yields edited graphs, one for each place where that can be done, in random order. The
caller sanitizes them and keeps the first that is a molecule.

Kinds, elements and probabilities follow J. Jensen, Chemical Science 10, 2019. Different here: rings
of five and six may also close onto an old ring, an atom whose neighbours are bonded to each other
may not go, and an atom beside a charge keeps its element.
"""

import random
from collections.abc import Callable, Iterator

import numpy as np
from rdkit import Chem

from latentbo.chemistry import atoms, bonds
from latentbo.proposals.chance import draw, shuffled

Edit = Callable[[Chem.Mol, random.Random], Iterator[Chem.RWMol]]

BONDS = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}
ORDERS = {kind: order for order, kind in BONDS.items()}
# Shares of new single, double and triple bonds.
ORDER_SHARES = {1: 0.60, 2: 0.35, 3: 0.05}
C, N, O, F, S, CL, BR = 6, 7, 8, 9, 16, 17, 35  # noqa: E741 (the elements' own symbols)
APPENDED = {1: (C, N, O, F, S, CL, BR), 2: (C, N, O), 3: (C, N)}
INSERTED = {1: (C, N, O, S), 2: (C, N), 3: (C,)}
ELEMENT_SHARES = {C: 0.15, N: 0.15, O: 0.14, F: 0.14, S: 0.14, CL: 0.14, BR: 0.14}
RING_SIZE_SHARES = {3: 0.05, 4: 0.05, 5: 0.45, 6: 0.45}
# By the neighbours of the atom that goes; four neighbours become a chain or a star.
DELETION_SHARES = {1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25}
STAR_SHARE = 0.25
# Changes of bond order: (from which orders, to which), with their shares.
ORDER_CHANGES = {((2, 3), 1): 0.45, ((1,), 2): 0.45, ((3,), 2): 0.05, ((1, 2), 3): 0.05}


def _order(bond: Chem.Bond) -> int:
    """Return 1 to 3, or 0 for kinds that no edit touches (dative bonds)."""
    return ORDERS.get(bond.GetBondType(), 0)


def append_atom(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Replace one to three hydrogens of an atom by a new atom."""
    order = draw(ORDER_SHARES, chance)
    element = chance.choice(APPENDED[order])
    places = [atom.GetIdx() for atom in atoms(molecule) if atom.GetTotalNumHs() >= order]
    for place in shuffled(places, chance):
        graph = Chem.RWMol(molecule)
        graph.AddBond(place, graph.AddAtom(Chem.Atom(element)), BONDS[order])
        yield graph


def insert_atom(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Put an atom into a bond; the new bond to one side may be double or triple."""
    order = draw(ORDER_SHARES, chance)
    element = chance.choice(INSERTED[order])
    places = [
        (begin.GetIdx(), end.GetIdx())
        for bond in bonds(molecule)
        for begin, end in _directions(bond)
        if _order(bond)
        and _order(bond) + begin.GetTotalNumHs() >= order
        and not (order == 3 and begin.IsInRing())
    ]
    for begin, end in shuffled(places, chance):
        graph = Chem.RWMol(molecule)
        new = graph.AddAtom(Chem.Atom(element))
        graph.RemoveBond(begin, end)
        graph.AddBond(begin, new, BONDS[order])
        graph.AddBond(new, end, BONDS[1])
        yield graph


def _directions(bond: Chem.Bond) -> list[tuple[Chem.Atom, Chem.Atom]]:
    begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
    return [(begin, end), (end, begin)]


def delete_atom(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Remove an atom and join its neighbours by single bonds, to a chain or to a star.

    Where two that would be joined are neighbours already, the atom stays.
    """
    degree = draw(DELETION_SHARES, chance)
    is_star = degree == 4 and chance.random() < STAR_SHARE
    places = [atom.GetIdx() for atom in atoms(molecule) if atom.GetDegree() == degree]
    for place in shuffled(places, chance):
        atom = molecule.GetAtomWithIdx(place)
        neighbours = shuffled([other.GetIdx() for other in atom.GetNeighbors()], chance)
        ends = neighbours[1:]
        starts = [neighbours[0]] * len(ends) if is_star else neighbours[:-1]
        pairs = list(zip(starts, ends, strict=True))
        if any(molecule.GetBondBetweenAtoms(*pair) for pair in pairs):
            continue
        graph = Chem.RWMol(molecule)
        for pair in pairs:
            graph.AddBond(*pair, BONDS[1])
        graph.RemoveAtom(place)
        yield graph


def change_atom(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Turn an atom into another element, without charge.

    Atoms beside a charge stay, because the charge may need theirs, as in a nitro group.
    """
    present = {atom.GetAtomicNum() for atom in atoms(molecule)}
    choices = {element: share for element, share in ELEMENT_SHARES.items() if element in present}
    if not choices:
        return
    old = draw(choices, chance)
    new = draw({other: s for other, s in ELEMENT_SHARES.items() if other != old}, chance)
    places = [
        atom.GetIdx()
        for atom in atoms(molecule)
        if atom.GetAtomicNum() == old
        and not any(other.GetFormalCharge() for other in atom.GetNeighbors())
    ]
    for place in shuffled(places, chance):
        graph = Chem.RWMol(molecule)
        graph.ReplaceAtom(place, Chem.Atom(new))
        yield graph


def change_bond_order(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Make a bond single, double or triple, at the cost or gain of hydrogens."""
    before, after = draw(ORDER_CHANGES, chance)
    places = [
        bond.GetIdx()
        for bond in bonds(molecule)
        if _order(bond) in before
        and not (after == 3 and bond.IsInRing())
        and all(
            after - _order(bond) <= atom.GetTotalNumHs()
            for atom in (bond.GetBeginAtom(), bond.GetEndAtom())
        )
    ]
    for place in shuffled(places, chance):
        graph = Chem.RWMol(molecule)
        graph.GetBondWithIdx(place).SetBondType(BONDS[after])
        yield graph


def delete_ring_bond(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Open a ring."""
    places = [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        for bond in bonds(molecule)
        if bond.IsInRing()
    ]
    for begin, end in shuffled(places, chance):
        graph = Chem.RWMol(molecule)
        graph.RemoveBond(begin, end)
        yield graph


def add_ring_bond(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
    """Close a ring of three to six atoms with a single bond.

    The ends have hydrogens to lose; for rings of three and four they lie in no ring. The new ring
    shares at most one bond with each old one, so no bridges arise.
    """
    size = draw(RING_SIZE_SHARES, chance)
    free = [
        atom.GetTotalNumHs() > 0 and not (size < 5 and atom.IsInRing()) for atom in atoms(molecule)
    ]
    distances = np.triu(Chem.GetDistanceMatrix(molecule))
    rings = [set(ring) for ring in molecule.GetRingInfo().AtomRings()]
    places = [
        (begin, end)
        for begin, end in np.argwhere(distances == size - 1).tolist()
        if free[begin] and free[end]
    ]
    for begin, end in shuffled(places, chance):
        path = Chem.GetShortestPath(molecule, begin, end)
        if all(len(ring.intersection(path)) <= 2 for ring in rings):
            graph = Chem.RWMol(molecule)
            graph.AddBond(begin, end, BONDS[1])
            yield graph
