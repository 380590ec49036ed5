import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from latentbo.proposals import ChildRules, graph_mutation, mutate
from latentbo.proposals.graph_mutation import MUTATIONS

# Every kind of mutation has something to do here.
RICH = "CC1CCCC1C(=O)NCCc1ccccc1"


@given(seed=st.integers(0, 10**9))
def test_mutants_are_molecules_near_their_parent(
    varied: list[str], check_child: Callable[[Chem.Mol], None], seed: int
) -> None:
    chance = random.Random(seed)
    parent = Chem.MolFromSmiles(chance.choice(varied))
    before = parent.ToBinary()
    child = mutate(parent, chance)
    assert parent.ToBinary() == before
    if child is not None:
        check_child(child)
        assert abs(child.GetNumHeavyAtoms() - parent.GetNumHeavyAtoms()) <= 1
        assert Chem.MolToSmiles(child) != Chem.MolToSmiles(parent, isomericSmiles=False)


def test_nearly_every_molecule_has_a_mutant(varied: list[str]) -> None:
    chance = random.Random(0)
    found = [mutate(Chem.MolFromSmiles(smiles), chance) for smiles in varied for _ in range(4)]
    assert sum(child is not None for child in found) > 0.95 * len(found)


def test_the_same_chance_gives_the_same_mutant() -> None:
    parent = Chem.MolFromSmiles(RICH)
    runs = [
        [Chem.MolToSmiles(mutate(parent, chance)) for _ in range(10)]
        for chance in (random.Random(3), random.Random(3), random.Random(4))
    ]
    assert runs[0] == runs[1] != runs[2]


def test_every_kind_comes_up_with_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    successes: Counter[str] = Counter()

    def counting(edit: graph_mutation.Edit) -> graph_mutation.Edit:
        def counted(molecule: Chem.Mol, chance: random.Random) -> Iterator[Chem.RWMol]:
            calls[edit.__name__] += 1
            for graph in edit(molecule, chance):
                last.append(edit.__name__)
                yield graph

        return counted

    last: list[str] = []
    counted = {counting(edit): share for edit, share in MUTATIONS.items()}
    monkeypatch.setattr(graph_mutation, "MUTATIONS", counted)
    chance = random.Random(0)
    parent = Chem.MolFromSmiles(RICH)
    for _ in range(1000):
        if mutate(parent, chance) is not None:
            successes[last[-1]] += 1
    assert len(successes) == len(MUTATIONS)
    for edit, share in MUTATIONS.items():
        assert calls[edit.__name__] / calls.total() == pytest.approx(share, abs=0.04)
    assert sum(MUTATIONS.values()) == pytest.approx(1)


def test_rules_hold_for_every_mutant() -> None:
    parent = Chem.MolFromSmiles(RICH)
    rules = ChildRules(max_heavy_atoms=parent.GetNumAtoms() - 1)
    for seed in range(30):
        child = mutate(parent, random.Random(seed), rules)
        assert child is None or child.GetNumAtoms() == parent.GetNumAtoms() - 1


def test_a_caller_who_refuses_all_gets_none_after_few_tries() -> None:
    seen: list[Chem.Mol] = []

    def refuse(child: Chem.Mol) -> bool:
        seen.append(child)
        return False

    assert mutate(Chem.MolFromSmiles(RICH), random.Random(0), ChildRules(accept=refuse)) is None
    assert 0 < len(seen) <= graph_mutation.MAX_KINDS * graph_mutation.MAX_PLACES


def test_awkward_parents_never_raise(
    awkward: list[str],
    check_child: Callable[[Chem.Mol], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(0)
    for smiles in awkward:
        for _ in range(3):
            child = mutate(Chem.MolFromSmiles(smiles), chance)
            if child is not None:
                check_child(child)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("smiles", ["[Na+].[Cl-]", "CCO.Cl", "C[CH]C", "*CC"])
def test_parents_without_mutants(smiles: str) -> None:
    assert mutate(Chem.MolFromSmiles(smiles), random.Random(0)) is None
