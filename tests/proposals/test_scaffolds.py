import pytest

from latentbo.chemistry import Scaffold, parse_molecule
from latentbo.proposals import ScaffoldMoves, fragments_of, starting_molecules, substituents_of

SCAFFOLD = Scaffold("c1cc([*:1])ncc1C(=O)N[*:2]")
FRAGMENTS = ["[*:1]C", "[*:1]c1ccccc1", "[*:1]OC", "[*:1]C1CC1", "[*:1]Cl"]


def test_fragments_are_the_ends_of_acyclic_single_bonds() -> None:
    assert fragments_of(["Cc1ccccc1", "Cc1ccncc1"], 6) == [
        "[*:1]C",
        "[*:1]c1ccccc1",
        "[*:1]c1ccncc1",
    ]
    assert fragments_of(["Cc1ccccc1"], 3) == ["[*:1]C"]
    assert fragments_of(["C1CC1", "C=C"]) == []


def test_starting_molecules_keep_the_scaffold() -> None:
    made = starting_molecules(SCAFFOLD, FRAGMENTS, 20, 0)
    assert len(set(made)) == len(made) == 20
    assert made[0] == "NC(=O)c1cccnc1"
    assert all(SCAFFOLD.is_kept(parse_molecule(smiles)) for smiles in made)
    assert made == starting_molecules(SCAFFOLD, FRAGMENTS, 20, 0)
    assert made != starting_molecules(SCAFFOLD, FRAGMENTS, 20, 1)
    assert starting_molecules(SCAFFOLD, [], 20, 0) == made[:1]
    assert set(substituents_of(SCAFFOLD, made)) == set(FRAGMENTS)


def test_children_keep_the_scaffold_and_are_new() -> None:
    moves = ScaffoldMoves(SCAFFOLD, FRAGMENTS)
    parents = starting_molecules(SCAFFOLD, FRAGMENTS, 10, 0)
    children = moves.propose(parents, 100, 0.5, 7)["scaffold"]
    assert children == moves.propose(parents, 100, 0.5, 7)["scaffold"]
    made = [child for child in children if child is not None]
    assert len(children) == 100
    assert len(made) > 80
    assert all(SCAFFOLD.is_kept(parse_molecule(child)) for child in made)
    # Edits make substituents that no parent and no fragment had.
    assert set(substituents_of(SCAFFOLD, made)) - set(FRAGMENTS)


@pytest.mark.parametrize("parents", [["c1ccccc1", "CCO"], ["Cc1ccc(C(=O)N)cn1", "CCO"]])
def test_parents_without_the_scaffold_have_no_part(parents: list[str]) -> None:
    children = ScaffoldMoves(SCAFFOLD, FRAGMENTS).propose(parents, 30, 0.5, 0)["scaffold"]
    made = [child for child in children if child is not None]
    assert len(made) > 20
    assert all(SCAFFOLD.is_kept(parse_molecule(child)) for child in made)
