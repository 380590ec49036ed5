import itertools
import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from latentbo.chemistry import standardize
from latentbo.ledger import Evaluation, Proposal, Status, Suggestion
from latentbo.models import TrainedModel
from latentbo.optimizer import (
    BatchOptimizer,
    OptimizationConfig,
    OptimizerInputs,
    code_surrogate,
    search,
)
from latentbo.optimizer import make_optimizer as make_preset
from latentbo.proposals.candidates import decode_candidates
from latentbo.surrogates import winsorized
from latentbo.tasks import Accepted

MakeOptimizer = Callable[..., BatchOptimizer]
Evaluate = Callable[[Sequence[Proposal]], list[Evaluation]]


def live(optimizer: BatchOptimizer, evaluated: Evaluate) -> tuple[list[Suggestion], list[Any]]:
    """Ask until there are no proposals; all suggestions and all evaluations."""
    suggestions: list[Suggestion] = []
    rows: list[Evaluation] = []
    while not suggestions or suggestions[-1].proposals:
        suggestions.append(optimizer.ask(rows))
        rows += evaluated(suggestions[-1].proposals)
    return suggestions[:-1], rows


@pytest.fixture
def failed() -> Evaluate:
    return lambda proposals: [
        Evaluation(p.call, p.batch, p.string, p.origin, p.details, Status.FAILED) for p in proposals
    ]


def test_the_budget_is_proposed_once_and_in_order(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, molecules: list[str]
) -> None:
    optimizer = make_optimizer()
    suggestions, rows = live(optimizer, evaluated)
    assert [len(s.proposals) for s in suggestions] == [7, 6, 6, 6, 2]
    assert [row.call for row in rows] == list(range(1, 28))
    assert [s.step.batch for s in suggestions] == list(range(5))
    assert all(p.batch == s.step.batch for s in suggestions for p in s.proposals)
    strings = [row.string for row in rows]
    assert len(set(strings)) == 27
    assert all(standardize(string).smiles == string for string in strings)
    assert set(strings[:7]) < set(molecules)
    assert [row.origin for row in rows[:7]] == ["initial"] * 7
    assert {row.origin for row in rows[7:]} <= {"trust-region", "prior"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"acquisition": "log-ei"},
        {"consistent": True},
        {"num_from_pool": 8},
    ],
    ids=str,
)
def test_a_step_is_a_pure_function_of_the_evaluations(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, changes: dict[str, Any]
) -> None:
    changes = {**changes, "budget": 16}
    suggestions, rows = live(make_optimizer(**changes), evaluated)
    one_for_all = make_optimizer(**changes)
    for suggestion in reversed(suggestions):
        before = [row for row in rows if row.batch < suggestion.step.batch]
        torch.manual_seed(suggestion.step.batch)  # must not matter
        assert make_optimizer(**changes).ask(before) == suggestion
        assert one_for_all.ask(before) == suggestion  # nor does what was asked in between


def test_the_seed_matters(make_optimizer: MakeOptimizer, evaluated: Evaluate) -> None:
    first, again, other = (
        live(make_optimizer(seed=seed, budget=13), evaluated)[0] for seed in (0, 0, 1)
    )
    assert first == again
    assert [p.string for p in first[0].proposals] != [p.string for p in other[0].proposals]


def test_values_matter(make_optimizer: MakeOptimizer, evaluated: Evaluate) -> None:
    optimizer = make_optimizer()
    rows = evaluated(optimizer.ask([]).proposals)
    turned = [
        Evaluation(r.call, 0, r.string, r.origin, r.details, r.status, r.value and -r.value)
        for r in rows
    ]
    assert optimizer.ask(rows).proposals != optimizer.ask(turned).proposals


def test_nothing_is_left_to_ask_when_the_budget_is_spent(
    make_optimizer: MakeOptimizer, evaluated: Evaluate
) -> None:
    optimizer = make_optimizer(budget=7)
    rows = evaluated(optimizer.ask([]).proposals)
    assert len(rows) == 7
    assert optimizer.ask(rows).proposals == []


@pytest.mark.parametrize(("pool_size", "budget", "expected"), [(3, 20, 3), (32, 5, 5), (1, 9, 1)])
def test_the_initial_batch_is_what_pool_and_budget_allow(
    make_optimizer: MakeOptimizer,
    evaluated: Evaluate,
    molecules: list[str],
    pool_size: int,
    budget: int,
    expected: int,
) -> None:
    optimizer = make_optimizer(molecules[:pool_size], budget=budget, batch_size=4)
    suggestions, rows = live(optimizer, evaluated)
    assert len(suggestions[0].proposals) == expected
    assert suggestions[0].step.state == {"pool": pool_size}
    assert len(rows) == budget


def test_failed_calls_never_enter_the_surrogate(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[torch.Size, torch.Tensor]] = []
    fit = code_surrogate.fit_sparse_gp

    def spy(train_Z: torch.Tensor, train_Y: torch.Tensor, *others: Any) -> Any:
        seen.append((train_Z.shape, train_Y))
        return fit(train_Z, train_Y, *others)

    monkeypatch.setattr(code_surrogate, "fit_sparse_gp", spy)
    suggestions, rows = live(make_optimizer(), evaluated)
    assert any(row.status is Status.FAILED for row in rows)
    for suggestion, (shape, train_Y) in zip(suggestions[1:], seen, strict=True):
        before = [row for row in rows if row.batch < suggestion.step.batch]
        values = sorted((row.value for row in before if row.value is not None), reverse=True)
        assert shape[0] == len(values) == suggestion.step.state["train"]
        # Best first; what lies far below the others is raised, nothing else is changed.
        raised = winsorized(torch.tensor(values, dtype=torch.float64))
        assert torch.equal(train_Y[:, 0], raised)


def test_when_all_initial_calls_fail_it_goes_on_from_the_prior(
    make_optimizer: MakeOptimizer, failed: Evaluate, evaluated: Evaluate
) -> None:
    optimizer = make_optimizer()
    rows = failed(optimizer.ask([]).proposals)
    suggestion = optimizer.ask(rows)
    assert suggestion.step.state["train"] == 0
    assert len(suggestion.proposals) == 6
    assert {p.origin for p in suggestion.proposals} == {"prior"}
    assert all(p.details == {} for p in suggestion.proposals)
    # From here on values come in.
    rows += evaluated(suggestion.proposals)
    following = optimizer.ask(rows)
    assert following.step.state["train"] > 0
    assert len(following.proposals) == 6


def test_a_single_value_is_enough_to_go_on(make_optimizer: MakeOptimizer, failed: Evaluate) -> None:
    optimizer = make_optimizer()
    rows = failed(optimizer.ask([]).proposals)
    row = rows[-1]
    rows[-1] = Evaluation(row.call, 0, row.string, row.origin, {}, Status.OK, 1.0)
    suggestion = optimizer.ask(rows)
    assert suggestion.step.state["train"] == 1
    assert len(suggestion.proposals) == 6
    assert "trust-region" in {p.origin for p in suggestion.proposals}


@pytest.mark.parametrize("value", [0.0, 1e308, -1e308, 5e-324])
def test_equal_and_extreme_values_are_no_obstacle(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, value: float
) -> None:
    optimizer = make_optimizer()
    rows = [
        Evaluation(r.call, 0, r.string, r.origin, {}, Status.OK, value)
        for r in evaluated(optimizer.ask([]).proposals)
    ]
    assert len(optimizer.ask(rows).proposals) == 6
    row = rows[0]
    rows[0] = Evaluation(row.call, 0, row.string, row.origin, {}, Status.OK, 1.0)
    suggestion = optimizer.ask(rows)
    assert len(suggestion.proposals) == 6
    for proposal in suggestion.proposals:
        assert all(math.isfinite(number) for number in proposal.details.values())
    json.dumps(suggestion.step.state, allow_nan=False)


def test_the_unit_of_the_objective_does_not_matter(
    make_optimizer: MakeOptimizer, evaluated: Evaluate
) -> None:
    # By a power of two, so that not even rounding differs.
    optimizer = make_optimizer()
    rows = evaluated(optimizer.ask([]).proposals)
    factor = 2.0**-40
    scaled = [
        Evaluation(r.call, 0, r.string, r.origin, {}, r.status, r.value and factor * r.value)
        for r in rows
    ]
    plain, other = optimizer.ask(rows).proposals, optimizer.ask(scaled).proposals
    assert [p.string for p in plain] == [p.string for p in other]
    for a, b in zip(plain, other, strict=True):
        for name in ("predicted", "deviation"):
            assert b.details[name] == pytest.approx(factor * a.details[name], rel=1e-6)


def test_molecules_that_the_model_cannot_hold_are_not_learnt_from(
    make_optimizer: MakeOptimizer, evaluated: Evaluate
) -> None:
    optimizer = make_optimizer()
    rows = evaluated(optimizer.ask([]).proposals)
    for position, smiles in ((0, "C[Si](C)(C)C"), (len(rows) - 1, "C[Si](C)(C)CC")):
        row = rows[position]
        rows[position] = Evaluation(row.call, 0, smiles, "initial", {}, Status.OK, 99.0)
    suggestion = optimizer.ask(rows)
    expected = sum(row.value is not None for row in rows[1:-1])
    assert suggestion.step.state["train"] == expected
    assert optimizer.ask(rows) == suggestion


def test_the_surrogate_learns_from_the_best_and_some_others(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []
    fit = code_surrogate.fit_sparse_gp

    def spy(train_Z: torch.Tensor, train_Y: torch.Tensor, *others: Any) -> Any:
        seen.append(train_Y)
        return fit(train_Z, train_Y, *others)

    monkeypatch.setattr(code_surrogate, "fit_sparse_gp", spy)
    optimizer = make_optimizer(num_initial=20, max_train=7)
    rows = evaluated(optimizer.ask([]).proposals)
    suggestion = optimizer.ask(rows)
    best = sorted((row.value for row in rows if row.value is not None), reverse=True)
    assert suggestion.step.state["train"] == 7
    assert len(suggestion.proposals) == 6
    learnt = seen[0][:, 0].tolist()
    assert learnt[:3] == best[:3]
    assert learnt != best[:7]


def test_a_refusing_filter_ends_the_search(
    tiny_model: TrainedModel, molecules: list[str], evaluated: Evaluate
) -> None:
    config = OptimizationConfig(num_initial=5, num_proposals=30, num_rounds=1, num_from_pool=0)
    inputs = OptimizerInputs(tiny_model, lambda string: Accepted(None, "filtered"), molecules)
    optimizer = make_preset(config, inputs)
    rows = evaluated(optimizer.ask([]).proposals)
    suggestion = optimizer.ask(rows)
    assert suggestion.proposals == []
    state = suggestion.step.state
    lost = state["filtered"] + state["invalid"] + state["unfinished"]
    assert state["decoded"] == lost > 30
    assert state["candidates"] == 0


def test_rounds_reach_further_until_there_is_enough_to_choose_from(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Around a molecule whose neighbours are all known, only more of the same would be found."""
    reached: list[tuple[float, ...]] = []

    def watched(*given: Any) -> Any:
        reached.append(tuple(given[-1]))
        return decode_candidates(*given)

    monkeypatch.setattr(search, "decode_candidates", watched)
    optimizer = make_optimizer(num_candidates=1)
    rows = evaluated(optimizer.ask([]).proposals)
    optimizer.ask(rows)
    planned = len(reached)
    assert planned >= 2
    reached.clear()
    make_optimizer(num_candidates=10_000).ask(rows)
    assert len(reached) > planned
    assert reached[0] == reached[1] == (0.0, 0.5, 1.0)
    for nearer, further in itertools.pairwise(reached[2:]):
        assert further[0] == 0.0
        assert further[1:] > nearer[1:]


def test_few_new_molecules_make_a_small_batch(
    tiny_model: TrainedModel, molecules: list[str], evaluated: Evaluate
) -> None:
    wanted = {"CC", "CO", "CN", "CCC", "CCO", "C"}

    def accept(string: str) -> Accepted:
        canonical = standardize(string).smiles
        return Accepted(canonical) if canonical in wanted else Accepted(None, "filtered")

    config = OptimizationConfig(num_initial=5, num_rounds=2, batch_size=8, num_from_pool=0)
    optimizer = make_preset(config, OptimizerInputs(tiny_model, accept, molecules))
    _, rows = live(optimizer, evaluated)
    found = [row.string for row in rows[5:]]
    assert 0 < len(found) == len(set(found)) <= len(wanted)
    assert set(found) <= wanted
    assert len(rows) < config.budget


def test_the_rest_of_the_pool_stands_for_choice(
    tiny_model: TrainedModel, molecules: list[str], evaluated: Evaluate
) -> None:
    # Nothing that is decoded passes: what is proposed is of the pool, until that is spent.
    config = OptimizationConfig(num_initial=5, num_proposals=10, batch_size=6, num_from_pool=9)
    inputs = OptimizerInputs(tiny_model, lambda string: Accepted(None, "filtered"), molecules)
    optimizer = make_preset(config, inputs)
    suggestions, rows = live(optimizer, evaluated)
    assert {row.string for row in rows} == set(molecules)
    assert len(rows) == len(molecules)
    assert [row.origin for row in rows[5:]] == ["pool"] * (len(molecules) - 5)
    assert max(s.step.state["candidates"] for s in suggestions[1:]) <= 9
    # The surrogate chooses: what comes first is better than what is left for the end.
    values = [row.value for row in rows[5:] if row.value is not None]
    assert sum(values[:9]) / 9 > sum(values[-9:]) / 9


def test_pool_molecules_that_are_decoded_stand_for_choice_once(
    make_optimizer: MakeOptimizer, evaluated: Evaluate
) -> None:
    pool = ["C", "CC", "CCC", "CO", "CCO", "CN", "C1CC1", "Cc1ccccc1"]
    optimizer = make_optimizer(pool, num_initial=2, num_from_pool=8)
    _, rows = live(optimizer, evaluated)
    assert len({row.string for row in rows}) == len(rows) == 27


def test_initial_data_replace_the_initial_batch(
    make_optimizer: MakeOptimizer,
    evaluated: Evaluate,
    molecules: list[str],
    oracle: Callable[[str], float | None],
) -> None:
    data = [(s, value) for s in molecules if (value := oracle(s)) is not None]
    optimizer = make_optimizer([], {"initial_data": data})
    first = optimizer.ask([])
    assert first.step.batch == 0
    assert first.step.state["train"] > 2
    assert {p.origin for p in first.proposals} == {"trust-region"}
    second = optimizer.ask(evaluated(first.proposals))
    assert second.step.batch == 1
    proposed = [p.string for p in [*first.proposals, *second.proposals]]
    assert not set(proposed) & {string for string, _ in data}


def test_one_value_is_too_few_where_there_is_a_pool(
    make_optimizer: MakeOptimizer, molecules: list[str]
) -> None:
    optimizer = make_optimizer(inputs={"initial_data": [(molecules[0], 1.0)]})
    first = optimizer.ask([])
    assert {p.origin for p in first.proposals} == {"initial"}
    assert molecules[0] not in {p.string for p in first.proposals}


def test_the_region_grows_by_what_beats_the_initial_data(
    make_optimizer: MakeOptimizer, molecules: list[str]
) -> None:
    """The protocol judges what is evaluated alone; a user's own measurements must be beaten."""
    lengths = []
    for must_beat in (False, True):
        data = [(string, 50.0 + i) for i, string in enumerate(molecules[:12])]
        inputs = {"initial_data": data, "must_beat_initial_data": must_beat}
        optimizer = make_optimizer([], inputs)
        rows = [
            Evaluation(i + 1, i, string, "x", {}, Status.OK, float(i))
            for i, string in enumerate(molecules[12:14])
        ]
        lengths.append(optimizer.ask(rows).step.state["length"])
    assert lengths[0] == pytest.approx(0.5 * 1.1)
    assert lengths[1] == pytest.approx(0.5 * 0.96**2)


def test_strings_of_equal_identity_are_evaluated_once(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, molecules: list[str]
) -> None:
    optimizer = make_optimizer(molecules, {"identity": lambda s: len(s) // 2})
    first = optimizer.ask([]).proposals
    second = optimizer.ask(evaluated(first)).proposals
    identities = [len(p.string) // 2 for p in [*first, *second]]
    assert len(set(identities)) == len(identities)


def test_identity_can_be_that_of_the_string(
    make_optimizer: MakeOptimizer, evaluated: Evaluate, molecules: list[str]
) -> None:
    optimizer = make_optimizer(molecules, {"identity": lambda s: 0}, identity="string")
    first = optimizer.ask([]).proposals
    strings = [p.string for p in [*first, *optimizer.ask(evaluated(first)).proposals]]
    assert len(strings) == len(set(strings)) > len(first)


def test_codes_are_scaled_by_what_was_known_first(
    make_optimizer: MakeOptimizer, evaluated: Evaluate
) -> None:
    settings = {"scaling": "data", "surrogate": "code"}
    suggestions, rows = live(make_optimizer(**settings), evaluated)
    before = [row for row in rows if row.batch < suggestions[-1].step.batch]
    # As after a restart: no earlier step was made by this optimizer.
    assert make_optimizer(**settings).ask(before) == suggestions[-1]
    other, _ = live(make_optimizer(surrogate="code"), evaluated)
    assert other[1] != suggestions[1]


def test_the_record_of_a_step_adds_up(make_optimizer: MakeOptimizer, evaluated: Evaluate) -> None:
    suggestions, _ = live(make_optimizer(), evaluated)
    for suggestion in suggestions[1:]:
        state = suggestion.step.state
        json.dumps(state, allow_nan=False)
        lost = ("unfinished", "invalid", "filtered", "known", "not encodable", "inconsistent")
        assert state["decoded"] == state["candidates"] + sum(state.get(n, 0) for n in lost)
        assert state["decoded"] % 60 == 0
        assert state["candidates"] >= len(suggestion.proposals)
        assert 0.3 <= state["length"] <= 1.0
        assert state["converged"] in (True, False)
        for proposal in suggestion.proposals:
            assert set(proposal.details) == {"predicted", "deviation"}
            assert proposal.details["deviation"] >= 0


def test_asking_leaves_the_global_state_alone(
    make_optimizer: MakeOptimizer, evaluated: Evaluate
) -> None:
    torch.set_num_threads(2)
    optimizer = make_optimizer()
    state = torch.random.get_rng_state()
    rows = evaluated(optimizer.ask([]).proposals)
    optimizer.ask(rows)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == 2


def test_terrible_values_are_raised_and_nothing_else() -> None:
    values = torch.tensor([5.0, 4.0, 3.0, 2.0, 1.0, -1e6], dtype=torch.float64)
    # Median 2 (the lower of the middle two), absolute deviations 3, 2, 1, 0, 1, 1e6: median 1.
    expected = [5.0, 4.0, 3.0, 2.0, 1.0, 2.0 - 3 * 1.4826]
    assert winsorized(values).tolist() == pytest.approx(expected)
    high = torch.tensor([1e6, 3.0, 2.0, 1.0], dtype=torch.float64)
    assert torch.equal(winsorized(high), high)
    same = torch.tensor([1.0, 1.0, 1.0, -7.0], dtype=torch.float64)
    assert torch.equal(winsorized(same), same)
    extreme = torch.tensor([1.7e308, 0.0, -1.7e308], dtype=torch.float64)
    assert winsorized(extreme).isfinite().all()
