"""What holds for every strategy, and what each of them is for."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from latentbo.errors import ConfigurationError
from latentbo.ledger import MEASURED, Evaluation, Proposal, Status, StepRecord
from latentbo.models import TrainedModel
from latentbo.optimizer import PRESETS, OptimizationConfig, OptimizerInputs
from latentbo.optimizer.batches import BatchOptimizer, RandomStrategy
from latentbo.optimizer.genetic import GeneticStrategy, above_zero
from latentbo.optimizer.history import History
from latentbo.optimizer.hybrid import HybridStrategy
from latentbo.optimizer.presets import STRATEGIES, make_optimizer
from latentbo.proposals import GraphSource, ProposalSource
from latentbo.surrogates import TanimotoGPConfig
from latentbo.tasks import TASKS, Accepted

MOLECULES = """c1ccccc1 Cc1ccccc1 CCc1ccccc1 OCc1ccccc1 NCc1ccccc1 CC(C)c1ccccc1 Cc1ccncc1 CCO CCN
CCCO CCCN CC(C)O C1CCCCC1 CC1CCCCC1 OC1CCCCC1 NC1CCCCC1 c1ccc2ccccc2c1 CC(=O)O CC(=O)N CCC(=O)O CCOC
CCOCC CCNCC Oc1ccccc1 Nc1ccccc1 Clc1ccccc1 Fc1ccccc1 CC(=O)Nc1ccccc1"""
NAMES = sorted(STRATEGIES)
SMALL: dict[str, Any] = {
    **{"budget": 40, "num_initial": 12, "batch_size": 7, "num_rounds": 2},
    **{"num_proposals": 40, "num_parents": 8, "num_inducing": 12},
}


def accept(string: str) -> Accepted:
    return TASKS["molecules"].accept(None)(string)


POOL = [accept(string).string or "" for string in MOLECULES.split()]


def score(smiles: str) -> float | None:
    """Carbon is good; chlorine fails."""
    return None if "Cl" in smiles else smiles.upper().count("C") - 0.1 * smiles.count("N") - 6.0


def call(proposals: Sequence[Proposal]) -> list[Evaluation]:
    rows = []
    for p in proposals:
        value = score(p.string)
        status = Status.FAILED if value is None else Status.OK
        rows.append(Evaluation(p.call, p.batch, p.string, p.origin, p.details, status, value))
    return rows


@pytest.fixture
def make(tiny_model: TrainedModel) -> Callable[..., Any]:
    """Make the optimizer of a preset."""

    def make(name: str, **changes: Any) -> Any:
        config = OptimizationConfig(preset=name, **SMALL | changes)
        return make_optimizer(
            config, OptimizerInputs(tiny_model, accept, POOL, TASKS["molecules"].count)
        )

    return make


def run(optimizer: Any, steps: int = 2) -> list[Evaluation]:
    rows: list[Evaluation] = []
    for _ in range(steps + 1):
        rows += call(optimizer.ask(rows).proposals)
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_new_canonical_molecules_and_nothing_else(name: str, make: Callable[..., Any]) -> None:
    rows = run(make(name))
    assert [row.call for row in rows] == list(range(1, len(rows) + 1))
    strings = [row.string for row in rows]
    assert len(set(strings)) == len(strings) > 12
    assert all(accept(string).string == string for string in strings)
    assert {row.batch for row in rows} == {0, 1, 2}
    assert max(sum(row.batch == batch for row in rows) for batch in (1, 2)) <= 7


@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_a_function_of_evaluations_and_seed(name: str, make: Callable[..., Any]) -> None:
    optimizer = make(name)
    rows = run(optimizer)
    again = make(name).ask(rows)  # as after a stop: nothing is remembered
    unbroken = optimizer.ask(rows)
    assert [p.string for p in again.proposals] == [p.string for p in unbroken.proposals]
    assert again.step == unbroken.step
    assert run(make(name, seed=1)) != rows


@pytest.mark.parametrize("name", [name for name in NAMES if name != "random"])
def test_nothing_that_is_refused_is_proposed(name: str, tiny_model: TrainedModel) -> None:
    # The pool of a run has passed the filter already.
    config = OptimizationConfig(preset=name, **SMALL, num_from_pool=0)
    optimizer = make_optimizer(
        config, OptimizerInputs(tiny_model, lambda _: Accepted(None, "filtered"), POOL)
    )
    rows = call(optimizer.ask([]).proposals)
    assert optimizer.ask(rows).proposals == []


@pytest.mark.parametrize("name", NAMES)
def test_a_start_of_failures_is_survived(name: str, make: Callable[..., Any]) -> None:
    optimizer = make(name)
    failed = [
        Evaluation(p.call, p.batch, p.string, p.origin, p.details, Status.FAILED)
        for p in optimizer.ask([]).proposals
    ]
    proposals = optimizer.ask(failed).proposals
    assert not {p.string for p in proposals} & {row.string for row in failed}


@pytest.mark.parametrize("name", ["ga", "gp-bo", "hybrid"])
def test_the_search_finds_better_molecules_than_the_start_holds(
    name: str, make: Callable[..., Any]
) -> None:
    rows = run(make(name), 3)
    start = max(row.value for row in rows if row.batch == 0 and row.value is not None)
    assert max(row.value for row in rows if row.value is not None) > start


def test_origins_tell_where_a_hybrid_s_molecules_come_from(make: Callable[..., Any]) -> None:
    rows = run(make("hybrid"), 3)
    origins = {row.origin for row in rows}
    assert origins <= {"initial", "latent", "graph-crossover", "graph-mutation", "pool"}
    assert len(origins) >= 3
    assert {"predicted", "deviation"} <= set(rows[-1].details)


def test_descriptors_can_be_left_out(tiny_model: TrainedModel) -> None:
    def used(**changes: Any) -> bool:
        config = OptimizationConfig(preset="hybrid", **SMALL | changes)
        strategy = STRATEGIES["hybrid"](config, OptimizerInputs(tiny_model, accept, POOL))
        assert isinstance(strategy, HybridStrategy)
        return strategy.surrogate.descriptors

    assert used()
    assert not used(descriptors=False)


def test_graph_moves_do_without_a_model() -> None:
    config = OptimizationConfig(preset="hybrid", **SMALL)
    strategy = HybridStrategy([GraphSource()], accept, config, TanimotoGPConfig())
    initial = [Proposal(i, 0, string, "initial") for i, string in enumerate(POOL, start=1)]
    _, picks = strategy.pick(History(call(initial)), 5, 0)
    assert len(picks) == 5
    assert {pick.origin for pick in picks} <= {"graph-crossover", "graph-mutation"}


def test_what_leads_nowhere_is_left_for_the_pool() -> None:
    config = OptimizationConfig(preset="hybrid", **SMALL)
    fresh = [accept(smiles).string or "" for smiles in ("CCCCCO", "CC(C)CN", "CCOC(C)=O", "CCCl")]
    strategy = HybridStrategy([GraphSource()], accept, config, TanimotoGPConfig(), [*POOL, *fresh])
    rows = call([Proposal(i, 0, string, "initial") for i, string in enumerate(POOL, start=1)])
    worse = [f"{'N' * length}CO" for length in range(1, 13)]
    stuck = [call([Proposal(99, i, string, "x")])[0] for i, string in enumerate(worse, start=1)]
    for length in (11, 12):
        _, picks = strategy.pick(History([*rows, *stuck[:length]]), 3, 0)
        from_pool = [pick for pick in picks if pick.origin == "pool"]
        assert len(from_pool) == (3 if length == 12 else 0)
        assert {pick.string for pick in from_pool} <= set(fresh)


def test_after_a_new_beginning_the_old_region_has_no_children() -> None:
    config = OptimizationConfig(preset="hybrid", **SMALL | {"num_from_pool": 0})
    strategy = HybridStrategy([GraphSource()], accept, config, TanimotoGPConfig())
    rows = call([Proposal(i, 0, string, "initial") for i, string in enumerate(POOL, start=1)])
    stuck = [call([Proposal(99, i, f"{'N' * i}CO", "x")])[0] for i in range(1, 13)]
    fresh = ["BrCCCCBr", "BrCCCCCBr", "BrCC(C)CBr", "BrCCC(C)CBr"]
    begun = call([Proposal(99, 13, string, "pool") for string in fresh])
    begun = [replace(row, value=-9.0) for row in begun]
    _, picks = strategy.pick(History([*rows, *stuck, *begun]), 7, 0)
    assert picks
    assert all("Br" in pick.string or "N" not in pick.string for pick in picks)
    brominated = [pick for pick in picks if "Br" in pick.string]
    assert len(brominated) >= len(picks) / 2


def test_molecules_of_the_pool_stand_for_choice_beside_the_proposed() -> None:
    """Oxygen is good, and what is proposed may hold none: of the pool, what holds it is taken."""
    alcohols = [accept(f"OC{'C' * length}").string or "" for length in range(6, 12)]
    amines = [accept(f"NC{'C' * length}").string or "" for length in range(6, 12)]
    start = ["OCCCCC", "OCCCC", "NCCCCC", "NCCCC", "CCCCCC", "CCCCC", "c1ccccc1", "CCOCC"]
    initial = [Proposal(i, 0, string, "initial") for i, string in enumerate(start, start=1)]
    rows = [replace(row, value=float("O" in row.string)) for row in call(initial)]

    def no_other_oxygen(string: str) -> Accepted:
        accepted = accept(string)
        bad = "O" in (accepted.string or "") and accepted.string not in alcohols
        return Accepted(None, "filtered") if bad else accepted

    def from_pool(number: int) -> list[str]:
        config = OptimizationConfig(preset="hybrid", **SMALL | {"num_from_pool": number})
        pool = [*alcohols, *amines]
        strategy = HybridStrategy(
            [GraphSource()], no_other_oxygen, config, TanimotoGPConfig(), pool
        )
        _, picks = strategy.pick(History(rows), 4, 0)
        return [pick.string for pick in picks if pick.origin == "pool"]

    assert len(from_pool(12)) >= 2
    assert set(from_pool(12)) <= set(alcohols)
    assert from_pool(0) == []


def test_random_ends_with_the_pool() -> None:
    rows = [Evaluation(1, 0, POOL[0], "initial", {}, Status.OK, 1.0)]
    _, picks = RandomStrategy(POOL).pick(History(rows), 100, 0)
    assert sorted(pick.string for pick in picks) == sorted(POOL[1:])


def test_genetic_parents_are_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    def children(population: list[str], *_: Any) -> list[str | None]:
        seen.append(population)
        return ["CCCCCCCC"]

    monkeypatch.setattr("latentbo.optimizer.genetic.graph_ga_children", children)
    initial = [Proposal(i, 0, string, "initial") for i, string in enumerate(POOL, start=1)]
    GeneticStrategy(accept, population_size=4).pick(History(call(initial)), 1, 0)
    assert (
        seen[0]
        == sorted((s for s in POOL if score(s) is not None), key=lambda s: -(score(s) or 0.0))[:4]
    )


def test_scores_are_raised_only_if_some_are_negative() -> None:
    assert above_zero(torch.tensor([-2.0, 1.0])).tolist() == [0.0, 3.0]
    assert above_zero(torch.tensor([0.5, 1.0])).tolist() == [0.5, 1.0]
    assert len(above_zero(torch.tensor([]))) == 0


def test_every_preset_has_an_optimizer() -> None:
    assert set(STRATEGIES) == set(PRESETS)


@pytest.mark.parametrize("name", ["latent", "thesis"])
def test_an_exact_process_over_codes_can_stand_for_the_sparse_one(
    make: Callable[..., Any], name: str
) -> None:
    exact, sparse = (make(name, surrogate=surrogate) for surrogate in ("exact", "latent"))
    evaluations = call(exact.ask([]).proposals)
    suggestion = exact.ask(evaluations)
    assert suggestion.proposals
    assert suggestion.step.state["lengthscale"] > 0
    other = sparse.ask(evaluations).step.state["lengthscale"]
    assert suggestion.step.state["lengthscale"] != other


@pytest.mark.parametrize("name", ["hybrid", "thesis", "gp-bo", "ga", "latent"])
def test_repeated_measurements_are_learnt_from(name: str, make: Callable[..., Any]) -> None:
    """What was measured again stands for one molecule, and what waits is not proposed again."""
    optimizer = make(name)
    rows = call(optimizer.ask([]).proposals)
    best = max(rows, key=lambda row: row.value or -99.0)
    number = len(rows)
    again = [
        replace(best, call=number + i, batch=1, origin=MEASURED, value=(best.value or 0.0) - i)
        for i in (1, 2, 3)
    ]
    waiting = Evaluation(number + 4, 1, "CCCCOCCCC", "pool")
    step = optimizer.ask([*rows, *again, waiting], [StepRecord(0), StepRecord(1)], 7)
    assert step.step.batch == 2
    assert step.proposals
    assert step.proposals[0].call == number + 5
    known = {row.string for row in rows} | {waiting.string}
    assert not {each.string for each in step.proposals} & known
    if "train" in step.step.state:
        assert step.step.state["train"] == sum(row.value is not None for row in rows)


class Ethers(ProposalSource):
    """A toy source: chains with one oxygen, of random lengths."""

    name = "ether"
    cost = 0.5

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], int, int]] = []

    def propose(
        self, parents: Sequence[str], number: int, length: float, seed: int
    ) -> dict[str, list[str | None]]:
        self.asked.append((list(parents), number, seed))
        chance = random.Random(seed)
        lengths = [(chance.randint(9, 25), chance.randint(9, 25)) for _ in range(number)]
        return {"ether": [f"{'C' * left}O{'C' * right}" for left, right in lengths]}


def test_a_further_source_is_asked_and_gets_its_share_and_its_origin() -> None:
    """Its strings are better and better, all others are bad: it gets more and more."""
    config = OptimizationConfig(preset="hybrid", **SMALL)
    source = Ethers()
    strategy = HybridStrategy([source, GraphSource()], accept, config, TanimotoGPConfig())
    rows = call([Proposal(i, 0, string, "initial") for i, string in enumerate(POOL, start=1)])
    optimizer = BatchOptimizer(strategy, POOL, replace(config, budget=1000))
    shares = []
    for _ in range(3):
        suggestion = optimizer.ask(rows)
        rows += [
            replace(row, value=100.0 + row.call if row.origin == "ether" else -9.0)
            for row in call(suggestion.proposals)
        ]
        shares.append(suggestion.step.state["ether_share"])
    # Per time, half a graph move each, with equal success at first: two of three proposals.
    assert shares[0] == pytest.approx(2 / 3)
    assert [number for _, number, _ in source.asked[:2]] == [round(40 * 2 / 3)] * 2
    assert shares[1:] == pytest.approx([0.9, 0.9])
    assert all(0 < len(parents) <= 8 for parents, _, _ in source.asked)
    assert len({seed for _, _, seed in source.asked}) == len(source.asked) == 6
    of_source = [row for row in rows if row.origin == "ether"]
    assert len(of_source) >= 5
    assert all(set(row.string) == {"C", "O"} for row in of_source)
    assert {row.origin for row in rows} <= {"initial", "ether", "graph-crossover", "graph-mutation"}


def test_sources_have_origins_of_their_own() -> None:
    config = OptimizationConfig(preset="hybrid", **SMALL)
    for sources, message in (([Ethers(), Ethers()], "share the origin 'ether'"), ([], "no source")):
        with pytest.raises(ConfigurationError, match=message):
            HybridStrategy(sources, accept, config, TanimotoGPConfig())
