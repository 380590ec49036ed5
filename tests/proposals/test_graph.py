import math
import random
from collections import Counter
from typing import Any

import pytest
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcNumRings

from latentbo.chemistry import standardize
from latentbo.errors import ConfigurationError, InputError
from latentbo.proposals import ChildRules, GraphMoves, crossover, graph, graph_ga_children
from latentbo.proposals.graph_rules import Parent

ASPIRIN, SALT = "CC(=O)Oc1ccccc1C(=O)O", "NCCO.Cl"


def usable(children: list[str | None]) -> list[str]:
    return [child for child in children if child is not None]


def test_proposals_are_canonical_flat_and_many(varied: list[str]) -> None:
    weights = [1 / (rank + 5) for rank in range(len(varied))]
    children = GraphMoves().propose(varied, weights, 120, seed=0)
    assert len(children) == 120
    found = usable(children)
    assert len(found) > 110
    assert len(set(found)) > 100
    for child in found:
        assert standardize(child).smiles == child
        assert not set("@/\\.") & set(child)
        assert Chem.MolFromSmiles(child).GetNumHeavyAtoms() >= 6
    again = GraphMoves().propose(varied, weights, 120, seed=0)
    assert again == children
    assert GraphMoves().propose(varied, weights, 120, seed=1) != children
    assert GraphMoves().propose(varied, weights, 0, seed=0) == []


def test_more_children_begin_with_the_same_ones(varied: list[str]) -> None:
    few = GraphMoves().propose(varied, [1.0] * len(varied), 10, seed=5)
    assert GraphMoves().propose(varied, [1.0] * len(varied), 20, seed=5)[:10] == few


def test_the_share_of_mutants(varied: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    for name in ("mutate", "crossover"):
        monkeypatch.setattr(graph, name, lambda *arguments, name=name: calls.update([name]))
    assert GraphMoves(0.3).propose(varied, [1.0] * len(varied), 1000, seed=0) == [None] * 1000
    assert calls["mutate"] / 1000 == pytest.approx(0.3, abs=0.05)
    assert calls.total() == 1000


def test_parents_are_drawn_by_weight(varied: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Counter[str] = Counter()
    pairs: set[tuple[str, str]] = set()

    def record(first: Parent, second: Parent, *_: Any) -> None:
        pair = first.flat_smiles, second.flat_smiles
        drawn[pair[0]] += 1
        pairs.add(pair)

    monkeypatch.setattr(graph, "crossover", record)
    GraphMoves(0.0).propose(["CCO", "CCN", "CCS"], [3.0, 1.0, 0.0], 1000, seed=0)
    assert drawn["CCO"] / 1000 == pytest.approx(0.75, abs=0.05)
    assert pairs == {("CCO", "CCN"), ("CCN", "CCO")}


def test_a_single_parent_mutates() -> None:
    children = usable(GraphMoves(0.0).propose([ASPIRIN, "CCCCO"], [1.0, 0.0], 20, seed=0))
    assert len(children) > 15
    assert all(abs(Chem.MolFromSmiles(child).GetNumAtoms() - 13) <= 1 for child in children)


def test_rules_of_the_caller() -> None:
    rules = ChildRules(accept=lambda child: CalcNumRings(child) == 1)
    children = GraphMoves(rules=rules).propose([ASPIRIN, "CCCCO"], [1.0, 1.0], 40, seed=0)
    found = usable(children)
    assert found
    assert all(CalcNumRings(Chem.MolFromSmiles(child)) == 1 for child in found)


def test_what_was_made_ready_has_the_same_children(varied: list[str]) -> None:
    molecules = [Chem.MolFromSmiles(smiles) for smiles in varied[:12]]
    ready = [Parent.of(molecule) for molecule in molecules]
    for first in range(0, 12, 2):
        made = [
            Chem.MolToSmiles(crossover(kind[first], kind[first + 1], random.Random(seed)))
            for kind in (molecules, ready, ready)
            for seed in range(5)
        ]
        assert made[:5] == made[5:10] == made[10:]


def test_salts_have_no_children() -> None:
    assert GraphMoves().propose([SALT], [1.0], 5, seed=0) == [None] * 5
    assert graph_ga_children([SALT], [1.0], 5, 0.5, seed=0) == [None] * 5


def test_a_generation_is_canonical_and_determined(varied: list[str]) -> None:
    scores = [0.1 * rank for rank in range(len(varied))]
    children = graph_ga_children(varied, scores, 100, 0.067, seed=0)
    found = usable(children)
    assert len(children) == 100
    assert len(found) > 95
    for child in found:
        assert standardize(child).smiles == child
        molecule = Chem.MolFromSmiles(child)
        assert molecule.GetNumAtoms() > 5
        assert all(len(ring) <= 6 for ring in molecule.GetRingInfo().AtomRings())
    assert graph_ga_children(varied, scores, 100, 0.067, seed=0) == children
    assert graph_ga_children(varied, scores, 100, 0.067, seed=1) != children


@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
def test_children_mutate_at_the_rate(
    varied: list[str], monkeypatch: pytest.MonkeyPatch, rate: float
) -> None:
    mutants = []
    monkeypatch.setattr(graph, "mutate", lambda child, *_: mutants.append(child))
    children = graph_ga_children(varied, [1.0] * len(varied), 100, rate, seed=0)
    assert len(mutants) == pytest.approx(100 * rate, abs=12 * rate**0.5)
    assert children.count(None) >= len(mutants)


def test_mates_are_drawn_by_score(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Counter[str] = Counter()

    def record(first: Parent, second: Parent, *_: Any) -> None:
        drawn.update([first.flat_smiles, second.flat_smiles])

    monkeypatch.setattr(graph, "crossover", record)
    population = ["CCO", "CCN", "CCS"] * 100
    graph_ga_children(population, [3.0, 1.0, -5.0] * 100, 2000, 0.0, seed=0)
    assert drawn["CCO"] / drawn.total() == pytest.approx(0.75, abs=0.08)
    assert drawn["CCS"] == 0


def test_a_population_of_zeros_can_mate() -> None:
    assert usable(graph_ga_children([ASPIRIN, "CCCCOCCN"], [0.0, 0.0], 10, 0.067, seed=0))


@pytest.mark.parametrize(
    ("parents", "weights", "message"),
    [
        (["CCO"], [1.0, 2.0], "1 molecules have 2 weights; give one each"),
        (["CCO"], [-1.0], "weights contain -1.0; give finite numbers from 0 up"),
        (["CCO"], [math.nan], "weights contain nan"),
        (["CCO"], [math.inf], "weights contain inf"),
        (["CCO", "CC"], [0.0, 0.0], "no molecule has weights above 0"),
        ([], [], "no molecule has weights above 0"),
        (["C1CC"], [1.0], "'C1CC' is not a molecule"),
    ],
)
def test_parents_that_cannot_be_used(
    parents: list[str], weights: list[float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        GraphMoves().propose(parents, weights, 3, seed=0)


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_scores_that_cannot_be_used(score: float) -> None:
    with pytest.raises(InputError, match=f"scores contain {score}"):
        graph_ga_children(["CCO", "CCN"], [1.0, score], 3, 0.1, seed=0)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_shares_out_of_range(share: float) -> None:
    with pytest.raises(ConfigurationError, match=f"mutation_share is {share}; give a share"):
        GraphMoves(share)
    with pytest.raises(ConfigurationError, match=f"mutation_rate is {share}; give a share"):
        graph_ga_children(["CCO"], [1.0], 3, share, seed=0)
