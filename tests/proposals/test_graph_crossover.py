import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcNumRings, CalcNumRotatableBonds

from latentbo.proposals import NO_LIMITS, ChildRules, crossover, graph_crossover
from latentbo.proposals.graph_crossover import (
    acyclic_children,
    cut_acyclic,
    cut_ring,
    ring_children,
)
from latentbo.proposals.graph_rules import finish, workable

ETHER, AMINE = "CCOCCC", "CCCNCCCl"
Check = Callable[[Chem.Mol], None]


def structure(smiles: str) -> Chem.Mol:
    graph = workable(Chem.MolFromSmiles(smiles))
    assert graph is not None
    return graph


def elements(molecule: Chem.Mol) -> Counter[int]:
    return Counter(atom.GetAtomicNum() for atom in molecule.GetAtoms())


def children(first: str, second: str, number: int, rules: ChildRules = NO_LIMITS) -> set[str]:
    one, other = Chem.MolFromSmiles(first), Chem.MolFromSmiles(second)
    found = [crossover(one, other, random.Random(seed), rules) for seed in range(number)]
    return {Chem.MolToSmiles(child) for child in found if child is not None}


@given(seed=st.integers(0, 10**9))
def test_children_are_molecules_made_of_their_parents(
    varied: list[str], check_child: Check, seed: int
) -> None:
    chance = random.Random(seed)
    first, second = (Chem.MolFromSmiles(chance.choice(varied)) for _ in range(2))
    before = first.ToBinary(), second.ToBinary()
    child = crossover(first, second, chance)
    assert (first.ToBinary(), second.ToBinary()) == before
    if child is not None:
        check_child(child)
        assert elements(child) <= elements(first) + elements(second)
        assert all(len(ring) <= 7 for ring in child.GetRingInfo().AtomRings())
        flat = {Chem.MolToSmiles(parent, isomericSmiles=False) for parent in (first, second)}
        assert Chem.MolToSmiles(child) not in flat


def test_pairs_with_something_to_cut_have_children(varied: list[str]) -> None:
    chance = random.Random(0)
    molecules = [Chem.MolFromSmiles(smiles) for smiles in varied]
    both = [found for found in molecules if CalcNumRings(found) and CalcNumRotatableBonds(found)]
    pairs = [chance.sample(both, 2) for _ in range(100)]
    found = [crossover(first, second, chance) for first, second in pairs]
    assert sum(child is not None for child in found) >= 98


def test_the_same_chance_gives_the_same_child(varied: list[str]) -> None:
    first, second = (Chem.MolFromSmiles(smiles) for smiles in varied[:2])
    runs = [
        [Chem.MolToSmiles(crossover(first, second, chance)) for _ in range(10)]
        for chance in (random.Random(3), random.Random(3), random.Random(4))
    ]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("cut", [cut_acyclic, cut_ring])
def test_a_cut_parts_the_molecule_in_two(varied: list[str], cut: Callable[..., list]) -> None:
    cuts = 0
    for smiles in varied:
        graph = structure(smiles)
        for seed in range(5):
            pieces = cut(graph, random.Random(seed))
            assert len(pieces) in {0, 2}
            if pieces:
                cuts += 1
                parts = elements(pieces[0].molecule) + elements(pieces[1].molecule)
                assert parts == elements(graph)
                assert {len(piece.ends) for piece in pieces} == {1 if cut is cut_acyclic else 2}
    assert cuts > 2 * len(varied)


def test_without_rings_single_bonds_are_cut_and_joined() -> None:
    # By hand: C, CO, CC or O joined to C or F; neither of the parents, nothing without carbon.
    assert children("CCO", "CF", 200) == {"CC", "OCF", "CCC", "CCF", "CO"}
    # Double and triple bonds are not cut.
    assert children("C=C", "C#N", 20) == set()


def test_nitro_groups_are_not_cut() -> None:
    assert cut_acyclic(structure("[O-][N+](=O)F"), random.Random(0))
    graph = structure("C[N+](=O)[O-]")
    for seed in range(20):
        pieces = cut_acyclic(graph, random.Random(seed))
        assert sorted(piece.molecule.GetNumAtoms() for piece in pieces) == [1, 3]


def test_without_acyclic_bonds_rings_are_cut_and_closed() -> None:
    # Pieces of cyclohexane: 2 and 4 carbons; of thiane: 2 and 4 with or without sulfur.
    found = children("C1CCCCC1", "C1CCSCC1", 300, ChildRules(max_ring_size=6))
    sizes = {Chem.MolFromSmiles(smiles).GetNumAtoms() for smiles in found}
    assert sizes == {4, 6}
    assert {"C1CCC1", "C1CSC1", "C1=CCCCC1", "C1CCSCC1"} - found == {"C1CCSCC1"}
    assert all(CalcNumRings(Chem.MolFromSmiles(smiles)) == 1 for smiles in found)


def test_a_ring_is_also_cut_round_one_atom() -> None:
    # The carbon that bears oxygen leaves with it and closes a ring with a piece of the other.
    found = children("OC1CCCC1", "C1CCNCC1", 400)
    assert any(
        Chem.MolFromSmiles(s).HasSubstructMatch(Chem.MolFromSmarts("OC1CNCCC1")) for s in found
    )
    pieces = [cut_ring(structure("OC1CCCC1"), random.Random(seed)) for seed in range(40)]
    assert any(len(set(piece.ends)) == 1 for pair in pieces for piece in pair)


@pytest.mark.parametrize("ways", [acyclic_children, ring_children])
def test_each_way_works_alone(varied: list[str], check_child: Check, ways: Callable) -> None:
    chance = random.Random(0)
    worked = 0
    for smiles in varied:
        graphs = list(ways(structure(smiles), structure("CC1CCCNC1"), chance))
        found = [finish(graph, NO_LIMITS, chance) for graph in graphs]
        for child in found:
            if child is not None:
                check_child(child)
                worked += 1
    assert worked > len(varied)


def test_both_ways_are_taken_about_half_the_time(
    varied: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[str] = Counter()
    for name in ("acyclic_children", "ring_children"):
        original = getattr(graph_crossover, name)

        def counted(*arguments: object, name: str = name, original: Callable = original) -> object:
            calls[name] += 1
            return original(*arguments)

        monkeypatch.setattr(graph_crossover, name, counted)
    molecule = Chem.MolFromSmiles("O=C(Cc1ccccc1)NC1CCCCC1")
    chance = random.Random(0)
    for _ in range(200):
        crossover(molecule, Chem.MolFromSmiles(varied[0]), chance)
    assert calls["acyclic_children"] / calls.total() == pytest.approx(0.5, abs=0.1)


def test_rules_hold_for_every_child() -> None:
    rules = ChildRules(
        min_heavy_atoms=4,
        max_heavy_atoms=6,
        accept=lambda found: found.HasSubstructMatch(Chem.MolFromSmarts("N")),
    )
    found = children(ETHER, AMINE, 200, rules)
    assert found
    assert all("N" in s and 4 <= Chem.MolFromSmiles(s).GetNumAtoms() <= 6 for s in found)


def test_a_caller_who_refuses_all_gets_none_after_few_tries() -> None:
    seen: list[Chem.Mol] = []

    def refuse(child: Chem.Mol) -> bool:
        seen.append(child)
        return False

    assert children(ETHER, AMINE, 1, ChildRules(accept=refuse)) == set()
    assert 0 < len(seen) <= graph_crossover.MAX_CHILDREN


def test_awkward_parents_never_raise(
    awkward: list[str], varied: list[str], check_child: Check, capfd: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(0)
    for smiles in awkward:
        parent = Chem.MolFromSmiles(smiles)
        for other in (parent, Chem.MolFromSmiles(chance.choice(varied))):
            for first, second in ((parent, other), (other, parent)):
                child = crossover(first, second, chance)
                if child is not None:
                    check_child(child)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("smiles", ["C", "[Na+].[Cl-]", "CCO.Cl", "C[CH]C", "*CC"])
def test_parents_without_children(smiles: str) -> None:
    assert children(smiles, "CC(=O)Oc1ccccc1C(=O)O", 10) == set()
