"""Optimizers of one number that are shown several terms as one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.ledger import Evaluation, Proposal, Status
from latentbo.models import TrainedModel
from latentbo.objectives import OBJECTIVES, Combination, Objective
from latentbo.objectives.terms import Term
from latentbo.optimizer import (
    BatchOptimizer,
    OptimizationConfig,
    OptimizerInputs,
    ScalarisedStrategy,
    Selection,
    front_settings,
    make_optimizer,
    with_front,
)
from latentbo.optimizer.batches import RandomStrategy
from latentbo.optimizer.history import History
from latentbo.pareto import augmented_chebyshev, unit_scores
from latentbo.tasks import TASKS, Accepted

NAMES = ("size", "oxygen")
TERMS = tuple(Term(name, OBJECTIVES["qed"]) for name in NAMES)
FRONT_OBJECTIVE = Objective("goals.toml", Combination("pareto", TERMS))
SMALL: dict[str, Any] = {
    **{"budget": 24, "num_initial": 10, "batch_size": 5, "num_rounds": 1, "num_proposals": 30},
    **{"num_parents": 6, "num_inducing": 10, "num_candidates": 12, "num_from_pool": 8},
}


def call(proposals: Sequence[Proposal]) -> list[Evaluation]:
    """Long molecules and such with oxygen are good; sulphur fails."""
    rows = []
    for p in proposals:
        scores = {"size": len(p.string) / 10, "oxygen": float(p.string.upper().count("O"))}
        terms = {name: {"raw": 2 * score, "score": score} for name, score in scores.items()}
        fails = "S" in p.string.upper()
        value = None if fails else sum(scores.values()) / 2
        status = Status.FAILED if fails else Status.OK
        facts = (p.call, p.batch, p.string, p.origin, p.details, status, value, "", None)
        rows.append(Evaluation(*facts, {} if fails else terms))
    return rows


class Listening:
    """Keeps the evaluations it gets, and selects a methane."""

    def __init__(self) -> None:
        self.shown: list[Evaluation] = []

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        self.shown = list(history.evaluations)
        return {"own": 1}, [Selection("C", "x")]


def some_rows() -> list[Evaluation]:
    strings = ["CCO", "OCO", "CSC", "CCCCC", "N"]
    return call([Proposal(i, 0, string, "initial") for i, string in enumerate(strings, start=1)])


def test_rows_are_shown_with_one_number_of_their_scores() -> None:
    rows = some_rows()
    pending = Evaluation(6, 1, "CCN", "x")
    bare = replace(rows[4], call=7, batch=1, string="CC", terms={"size": {"raw": 1, "score": 1}})
    inner = Listening()
    state, _ = ScalarisedStrategy(inner, NAMES, 0).pick(History([*rows, pending, bare]), 1, 0)
    weights = state["weights"]
    assert list(weights) == list(NAMES)
    assert sum(weights.values()) == pytest.approx(1)
    assert state["own"] == 1
    whole = [row for row in rows if row.value is not None]
    scores = [[row.terms[name]["score"] for name in NAMES] for row in whole]
    tensor = torch_of(scores)
    expected = augmented_chebyshev(unit_scores(tensor), torch_of(list(weights.values())))
    shown = {row.call: row for row in inner.shown}
    assert [shown[row.call].value for row in whole] == pytest.approx(expected.tolist())
    assert shown[6] == pending
    assert (shown[3].status, shown[3].value) == (Status.FAILED, None)
    # It has a value, but a term is missing.
    assert (shown[7].status, shown[7].value) == (Status.FAILED, None)


def torch_of(numbers: list[Any]) -> Any:
    import torch

    return torch.tensor(numbers, dtype=torch.float64)


def test_weights_follow_from_the_seed_and_the_step() -> None:
    def weights(seed: int, rows: list[Evaluation]) -> Any:
        return ScalarisedStrategy(Listening(), NAMES, seed).pick(History(rows), 1, 0)[0]["weights"]

    rows = some_rows()
    later = [*rows, *call([Proposal(6, 1, "CCN", "x")])]
    assert weights(3, rows) == weights(3, rows)
    different = [weights(3, rows), weights(3, later), weights(4, rows)]
    assert len({tuple(each.values()) for each in different}) == 3


@pytest.fixture
def make(tiny_model: TrainedModel, molecules: list[str]) -> Callable[..., BatchOptimizer]:
    """Make the optimizer of a preset, for the front of two terms."""
    task = TASKS["molecules"]

    def accept(string: str) -> Accepted:
        return task.accept(None)(string)

    def make(preset: str, seed: int = 0) -> BatchOptimizer:
        surrogate = "latent" if preset in ("latent", "thesis") else "fragments"
        config = OptimizationConfig(preset=preset, seed=seed, surrogate=surrogate, **SMALL)
        inner = make_optimizer(config, OptimizerInputs(tiny_model, accept, molecules, task.count))
        return with_front(inner, front_settings(FRONT_OBJECTIVE), FRONT_OBJECTIVE)

    return make


@pytest.mark.parametrize("preset", ["hybrid", "ga", "random", "latent", "thesis"])
def test_every_preset_works_and_remembers_nothing(
    make: Callable[..., BatchOptimizer], preset: str
) -> None:
    optimizer = make(preset)
    first = optimizer.ask([])
    assert "weights" not in first.step.state  # nothing to weigh as yet
    rows = call(first.proposals)
    rows += call(optimizer.ask(rows).proposals)
    unbroken, resumed = optimizer.ask(rows), make(preset).ask(rows)
    assert unbroken.proposals
    assert unbroken.proposals == resumed.proposals
    assert unbroken.step == resumed.step
    assert set(unbroken.step.state["weights"]) == set(NAMES)
    assert len({row.string for row in rows}) == len(rows)


def test_terms_that_make_no_front() -> None:
    for names, told in (("one",), "one"), ((), "missing"), (("a", "a"), "a, a"):
        with pytest.raises(ConfigurationError, match=f"the terms of a Pareto front are {told};"):
            ScalarisedStrategy(Listening(), names, 0)


def objective(mean: Any, reference: float = 0.0) -> Objective:
    terms = tuple(
        Term(name, OBJECTIVES[name], reference=reference if name == "qed" else 0.0)
        for name in ("qed", "logp")
    )
    return Objective("goals.toml", Combination(mean, terms))


def test_settings_tell_the_front() -> None:
    assert front_settings(OBJECTIVES["qed"]) == {}
    assert front_settings(objective("arithmetic")) == {}
    settings = front_settings(objective("pareto", 0.2))
    assert settings == {
        "pareto": {
            "qed": {"weight": 1.0, "reference": 0.2},
            "logp": {"weight": 1.0, "reference": 0.0},
        }
    }
    inner = BatchOptimizer(Listening(), ["C"], OptimizationConfig(seed=3))
    found = with_front(inner, settings, objective("pareto", 0.2))
    assert found.strategy == ScalarisedStrategy(inner.strategy, ("qed", "logp"), 3)
    assert found.fallback == ScalarisedStrategy(RandomStrategy(["C"]), ("qed", "logp"), 3)
    assert found.config is inner.config
    assert with_front(inner, {}, objective("geometric")) is inner


def test_a_front_that_has_changed_is_refused() -> None:
    settings = front_settings(objective("pareto", 0.2))
    inner = BatchOptimizer(Listening(), ["C"], OptimizationConfig())
    with pytest.raises(CheckpointError, match=r"goals\.toml are not those .*reference 0\.3.*resto"):
        with_front(inner, settings, objective("pareto", 0.3))
    with pytest.raises(CheckpointError, match=r"no Pareto front instead of the front of qed"):
        with_front(inner, settings, objective("arithmetic"))
    with pytest.raises(CheckpointError, match=r"instead of no Pareto front"):
        with_front(inner, {}, objective("pareto"))
