import random
from collections import Counter

import pytest
from rdkit import Chem

from latentbo.chemistry import recombined
from latentbo.chemistry.recombination import cuts, joined
from latentbo.errors import DataError

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CC(=O)Nc1ccc(O)cc1",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "COc1ccc2cc(C(C)C(=O)O)ccc2c1",
    "C[C@@H](NC(=O)c1ccncc1)c1ccc(F)cc1",
    "O=C(N[C@H]1CCCC1)c1ccc(Cl)cc1",
    "CCOC(=O)[C@@H]1CCCN(C(=O)c2ccco2)C1",
    "C/C=C/C(=O)N1CCN(Cc2ccccc2)CC1",
]


def bonds_between(smiles: str) -> Counter[tuple[str, str]]:
    """Count acyclic single bonds by the elements, aromaticity and neighbours of their ends."""
    found: Counter[tuple[str, str]] = Counter()
    for bond in Chem.MolFromSmiles(smiles).GetBonds():
        if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
            continue
        ends = [
            f"{atom.GetSymbol()}{atom.GetIsAromatic()}{atom.GetDegree()}{atom.GetHybridization()}"
            for atom in (bond.GetBeginAtom(), bond.GetEndAtom())
        ]
        first, second = sorted(ends)
        found[first, second] += 1
    return found


def test_parts_of_a_cut_join_to_the_molecule_they_are_from() -> None:
    chance = random.Random(0)
    for molecule in MOLECULES:
        pairs = cuts(molecule, chance)
        assert pairs
        for part, other in pairs:
            assert (part.own, part.other) == (other.other, other.own)
            assert part.size + other.size == Chem.MolFromSmiles(molecule).GetNumAtoms()
            assert joined(part.smiles, other.smiles) == Chem.CanonSmiles(molecule)


def test_recombined_molecules_are_new_canonical_and_have_only_bonds_of_the_given_ones() -> None:
    made = list(recombined(MOLECULES, 40, seed=0))
    assert len(made) >= 10
    assert len(set(made)) == len(made)
    assert not set(made) & set(MOLECULES)
    known = sum((bonds_between(molecule) for molecule in MOLECULES), Counter())
    sizes = [Chem.MolFromSmiles(molecule).GetNumAtoms() for molecule in MOLECULES]
    for molecule in made:
        assert Chem.CanonSmiles(molecule) == molecule
        assert bonds_between(molecule).keys() <= known.keys()
        size = Chem.MolFromSmiles(molecule).GetNumAtoms()
        assert min(sizes) - 2 <= size <= max(sizes) + 2


def test_the_seed_decides_what_is_made() -> None:
    first = list(recombined(MOLECULES, 10, seed=1))
    assert first == list(recombined(MOLECULES, 10, seed=1))
    assert first != list(recombined(MOLECULES, 10, seed=2))


def test_unreadable_molecules_are_passed_over_and_none_without_a_bond_to_cut_is_an_error() -> None:
    assert list(recombined([*MOLECULES, "C1CC"], 5, seed=0))
    assert list(recombined(["CC"], 0, seed=0)) == []
    with pytest.raises(DataError, match="none of 2 molecules has a bond that could be cut"):
        list(recombined(["CC", "c1ccccc1"], 5, seed=0))
