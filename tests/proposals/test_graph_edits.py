import random
from collections.abc import Callable

import pytest
from rdkit import Chem

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
from latentbo.proposals.graph_rules import NO_LIMITS, finish, workable

EDITS = [
    add_ring_bond,
    append_atom,
    change_atom,
    change_bond_order,
    delete_atom,
    delete_ring_bond,
    insert_atom,
]


def products(edit: Edit, smiles: str, seeds: int = 150) -> list[Chem.Mol]:
    """Return everything that an edit makes of a molecule in many draws."""
    graph = workable(Chem.MolFromSmiles(smiles))
    assert graph is not None
    found = []
    for seed in range(seeds):
        chance = random.Random(seed)
        found += [finish(edited, NO_LIMITS, chance) for edited in edit(graph, chance)]
    return [child for child in found if child is not None]


@pytest.mark.parametrize(
    ("edit", "smiles", "expected"),
    [
        (append_atom, "C", "CC CN CO CF CS CCl CBr C=C C=N C=O C#C C#N"),
        (append_atom, "CF", "CCF NCF OCF FCF FCS FCCl FCBr C=CF N=CF O=CF C#CF N#CF"),
        (append_atom, "FC(F)(F)F", ""),
        (insert_atom, "CC", "CCC CNC COC CSC C=CC C=NC C#CC"),
        (insert_atom, "C=O", "CCO CNO COO CSO C=CO C=NO CC=O CN=O C#CO"),
        (delete_atom, "CC(C)C", "CCC"),
        (delete_atom, "CCO", "CC CO"),
        (delete_atom, "CC(C)(C)C", "CCCC CC(C)C"),
        (delete_atom, "C1CC1", ""),
        (delete_atom, "C1CCC1", "C1CC1"),
        (change_atom, "CO", "CC CN CF CS CCl CBr"),
        (change_atom, "C[NH3+]", "CC CO CF CS CCl CBr"),
        (change_atom, "C[N+](=O)[O-]", ""),
        (change_atom, "B", ""),
        (change_bond_order, "CC", "C=C C#C"),
        (change_bond_order, "C=C", "CC C#C"),
        (change_bond_order, "C#C", "CC C=C"),
        (change_bond_order, "C1CC1", ""),
        (change_bond_order, "C1CCCCC1", "C1=CCCCC1"),
        (delete_ring_bond, "C1CCCCC1", "CCCCCC"),
        (delete_ring_bond, "c1ccccc1", "C=CC=CC=C CC=CC=CC"),
        (delete_ring_bond, "CCO", ""),
        (add_ring_bond, "CCCCCC", "CCCC1CC1 CCC1CC1C CCC1CCC1 CC1CCC1C CC1CCCC1 C1CCCCC1"),
        (add_ring_bond, "C1CCCCC1", ""),
        (add_ring_bond, "c1ccc(Cc2ccccc2)cc1", "c1ccc2c(c1)Cc1ccccc1-2"),
    ],
)
def test_products_by_hand(edit: Edit, smiles: str, expected: str) -> None:
    found = {Chem.MolToSmiles(child) for child in products(edit, smiles, 600)}
    assert found == {Chem.CanonSmiles(product) for product in expected.split()}


# What an edit adds to the numbers of heavy atoms and of rings.
@pytest.mark.parametrize(
    ("edit", "atoms", "rings"),
    [
        (append_atom, {1}, {0}),
        (insert_atom, {1}, {0}),
        (delete_atom, {-1}, {0, -1, -2, -3}),
        (change_atom, {0}, {0}),
        (change_bond_order, {0}, {0}),
        (delete_ring_bond, {0}, {-1}),
        (add_ring_bond, {0}, {1}),
    ],
)
def test_what_each_edit_conserves(
    varied: list[str],
    check_child: Callable[[Chem.Mol], None],
    edit: Edit,
    atoms: set[int],
    rings: set[int],
) -> None:
    def number_of_rings(molecule: Chem.Mol) -> int:
        return int(molecule.GetNumBonds() - molecule.GetNumAtoms() + 1)

    made = 0
    for smiles in varied:
        parent = Chem.MolFromSmiles(smiles)
        flat = Chem.MolToSmiles(parent, isomericSmiles=False)
        for child in products(edit, smiles, 3):
            made += 1
            check_child(child)
            assert child.GetNumHeavyAtoms() - parent.GetNumHeavyAtoms() in atoms
            assert number_of_rings(child) - number_of_rings(parent) in rings
            assert Chem.MolToSmiles(child) != flat
    assert made > len(varied)


@pytest.mark.parametrize("edit", EDITS)
def test_awkward_molecules_never_raise(awkward: list[str], edit: Edit) -> None:
    for smiles in awkward:
        graph = workable(Chem.MolFromSmiles(smiles))
        if graph is not None:
            before = graph.ToBinary()
            for seed in range(3):
                for edited in edit(graph, random.Random(seed)):
                    assert edited.GetNumAtoms() >= graph.GetNumAtoms() - 1
            assert graph.ToBinary() == before
