import math
import random
import re
from typing import Any

import pytest
from rdkit import Chem

from latentbo.errors import ConfigurationError
from latentbo.proposals.graph_rules import (
    JENSEN_RULES,
    NO_LIMITS,
    ChildRules,
    finish,
    sound,
    workable,
)


def finished(smiles: str, rules: ChildRules = NO_LIMITS) -> str | None:
    graph = Chem.RWMol(Chem.MolFromSmiles(smiles))
    child = finish(graph, rules, random.Random(0))
    return None if child is None else Chem.MolToSmiles(child)


@pytest.mark.parametrize(
    "smiles",
    ["C", "c1ccccc1", "CS(C)(=O)=O", "C1CCCCCC1", "C=C=C", "CP(=O)(O)O", "C1CC1C#C", "CSC"],
)
def test_sound_molecules_pass(smiles: str) -> None:
    assert finished(smiles) == Chem.CanonSmiles(smiles)


@pytest.mark.parametrize(
    "smiles",
    [
        "C1=CC1",  # a double bond in a ring of three
        "C1=CCC1",
        "C1=C=CCCC1",  # an allene in a ring
        "C1#CCCCC1",
        "C1CCCCCCC1",  # a ring of eight
        "C[SH](C)C",
        "C[PH](=O)O",
        "C[IH2]",
        "O",  # no carbon
        "CC.CC",
        "[CH3]",
    ],
)
def test_unsound_molecules_do_not(smiles: str) -> None:
    assert finished(smiles) is None


def test_what_a_decoder_wrote_is_kept_or_left_out() -> None:
    written = ["CCO", None, "C1=CC1", "c1ccccc1CC", "C1CCCCCCCC1", "not a molecule", "CC.CC"]
    assert sound(written) == ["CCO", None, None, "c1ccccc1CC", None, None, None]


def test_impossible_valences_do_not_pass() -> None:
    graph = Chem.RWMol(Chem.MolFromSmiles("CC(C)(C)C"))
    graph.AddBond(1, graph.AddAtom(Chem.Atom(6)), Chem.BondType.SINGLE)
    assert finish(graph, NO_LIMITS, random.Random(0)) is None


def test_limits_and_the_callers_own() -> None:
    assert finished("C1CCCCCC1", ChildRules(max_ring_size=6)) is None
    assert finished("C1CCCCCCC1", ChildRules(max_ring_size=8)) == "C1CCCCCCC1"
    assert finished("CCO", ChildRules(min_heavy_atoms=3, max_heavy_atoms=3)) == "CCO"
    assert finished("CCO", ChildRules(min_heavy_atoms=4)) is None
    assert finished("CCO", ChildRules(max_heavy_atoms=2)) is None
    assert finished("CCO", ChildRules(accept=lambda found: found.GetNumAtoms() == 3)) == "CCO"
    assert finished("CCO", ChildRules(accept=lambda found: found.GetNumAtoms() == 2)) is None


def test_the_soft_limit_has_its_mean_and_deviation() -> None:
    chance = random.Random(0)

    def share(heavy_atoms: int) -> float:
        return sum(JENSEN_RULES.allow_size(heavy_atoms, chance) for _ in range(2000)) / 2000

    for heavy_atoms in (34, 37, 39, 41, 46):
        expected = 0.5 * math.erfc((heavy_atoms - 39.15) / 3.5 / math.sqrt(2))
        assert share(heavy_atoms) == pytest.approx(expected, abs=0.04)
    assert share(5) == 0
    assert share(6) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_ring_size": 2}, "max_ring_size is 2; rings have 3 atoms"),
        ({"min_heavy_atoms": 0}, "min_heavy_atoms is 0"),
        ({"min_heavy_atoms": 5, "max_heavy_atoms": 4}, "max_heavy_atoms is 4; give 1 <="),
        ({"max_heavy_atoms_deviation": -1.0}, "deviation is -1.0"),
        ({"max_heavy_atoms_deviation": math.nan}, "deviation is nan"),
    ],
)
def test_limits_out_of_range(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        ChildRules(**options)


@pytest.mark.parametrize(
    ("smiles", "bond", "lost"),
    [
        ("Cc1ccccc1", (1, 2), True),  # a ring of seven
        ("Cc1ccccc1", (0, 1), False),
        ("CCOC1CCCCC1", (3, 4), False),
        ("c1ccccc1-c1ccncc1", (7, 8), True),
    ],
)
def test_what_was_aromatic_stays_so(smiles: str, bond: tuple[int, int], lost: bool) -> None:
    parent = workable(Chem.MolFromSmiles(smiles))
    assert parent is not None
    graph = Chem.RWMol(parent)
    graph.RemoveBond(*bond)
    graph.AddBond(graph.AddAtom(Chem.Atom(6)), bond[0], Chem.BondType.SINGLE)
    graph.AddBond(graph.GetNumAtoms() - 1, bond[1], Chem.BondType.SINGLE)
    chance = random.Random(0)
    assert finish(graph, ChildRules(), chance) is not None
    assert (finish(graph, ChildRules(keep_aromatic=True), chance) is None) is lost


def test_workable_keeps_the_molecule_but_for_stereochemistry(varied: list[str]) -> None:
    for smiles in varied:
        molecule = Chem.MolFromSmiles(smiles)
        before = molecule.ToBinary()
        graph = workable(molecule)
        assert molecule.ToBinary() == before
        assert graph is not None
        assert not any(bond.GetIsAromatic() for bond in graph.GetBonds())
        hydrogens = [atom.GetTotalNumHs() for atom in molecule.GetAtoms()]
        assert [atom.GetTotalNumHs() for atom in graph.GetAtoms()] == hydrogens
        Chem.SanitizeMol(graph)
        assert Chem.MolToSmiles(graph) == Chem.MolToSmiles(molecule, isomericSmiles=False)


@pytest.mark.parametrize("smiles", ["[Na+].[Cl-]", "CCO.Cl", "[CH3]", "C[CH]C", "*CC", ""])
def test_workable_refuses(smiles: str) -> None:
    assert workable(Chem.MolFromSmiles(smiles)) is None


def test_workable_takes_explicit_hydrogens() -> None:
    graph = workable(Chem.AddHs(Chem.MolFromSmiles("CCO")))
    assert graph is not None
    assert Chem.MolToSmiles(graph) == "CCO"
