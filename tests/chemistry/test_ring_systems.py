import random

import pytest
from rdkit import Chem

from latentbo.chemistry import parse_molecule
from latentbo.chemistry.ring_systems import (
    RING_SYSTEMS_FILE,
    known_ring_systems,
    pack,
    ring_system_hashes,
)

DRUGS = [
    "CN1CC(=O)N2C(Cc3c([nH]c4ccccc34)C2c2ccc3OCOc3c2)C1=O",
    "CN1CCC23C4Oc5c2c(CC1C3C=CC4O)ccc5O",
    "CC12CCC3C(CCC4=CC(=O)CCC34C)C1CCC2O",
    "Cc1ccc(cc1)-c1cc(nn1-c1ccc(cc1)S(N)(=O)=O)C(F)(F)F",
]


def one(smiles: str) -> int:
    (found,) = ring_system_hashes(parse_molecule(smiles))
    return found


@pytest.mark.parametrize("smiles", DRUGS)
def test_the_order_of_atoms_does_not_matter(smiles: str) -> None:
    molecule = parse_molecule(smiles)
    order = list(range(molecule.GetNumAtoms()))
    expected = sorted(ring_system_hashes(molecule))
    for seed in range(5):
        random.Random(seed).shuffle(order)
        shuffled = Chem.RenumberAtoms(molecule, order)
        assert sorted(ring_system_hashes(shuffled)) == expected


def test_substituents_do_not_matter_unless_doubly_bonded() -> None:
    assert one("c1ccccc1") == one("Clc1ccc(CCO)cc1") == one("CC(=O)Oc1ccccc1C(=O)O")
    assert one("C1CCCCC1") != one("O=C1CCCCC1") != one("C=C1CCCCC1")
    assert one("C[C@H]1CCCC[C@@H]1O") == one("CC1CCCCC1O")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("c1ccccc1", "C1CCCCC1"),
        ("c1ccccc1", "c1ccncc1"),
        ("c1cnccn1", "c1cncnc1"),
        ("C1=CCCC=C1", "C1=CCC=CC1"),
        ("C1CCC2CCCCC2C1", "C1CCC2(CC1)CCCCC2"),
        ("c1ccc2ccccc2c1", "c1ccc2cccc-2cc1"),
        ("c1ccc2cc3ccccc3cc2c1", "c1ccc2c(c1)ccc1ccccc12"),
        ("C1CCCC1", "C1CCCCC1"),
        ("c1cc[nH]c1", "c1ccsc1"),
        ("c1ccncc1", "C[n+]1ccccc1"),
    ],
)
def test_other_rings_have_other_hashes(first: str, second: str) -> None:
    assert one(first) != one(second)


def test_rings_that_share_an_atom_are_one_system() -> None:
    assert len(ring_system_hashes(parse_molecule("C1CCC2(CC1)CCNCC2"))) == 1
    assert len(ring_system_hashes(parse_molecule("c1ccccc1C1CCNCC1"))) == 2
    assert ring_system_hashes(parse_molecule("CCCO")) == []


def test_packing_keeps_hashes_and_counts() -> None:
    content = pack({2**48 - 1: 3, 1: 0, 7: 100_000})
    assert len(content) == 24
    assert content == pack({7: 100_000, 1: 0, 2**48 - 1: 3})
    records = [int.from_bytes(content[i : i + 8], "big") for i in range(0, 24, 8)]
    assert [(r >> 16, r & 0xFFFF) for r in records] == [(1, 0), (7, 65535), (2**48 - 1, 3)]


def test_the_shipped_table_knows_common_rings() -> None:
    known = known_ring_systems()
    assert pack(known) == RING_SYSTEMS_FILE.read_bytes()
    assert known[one("c1ccccc1")] == 65535
    for smiles in ("C1CCNCC1", "c1ccncc1", "c1ccc2[nH]ccc2c1", "C1CC1", "O=C1CCCN1"):
        assert known[one(smiles)] > 1000
    for smiles in ("C1=CC2=CC=C2C=C1", "c1ccc2c(c1)C1CC2O1", "C1CC2(C1)SS2"):
        assert one(smiles) not in known
