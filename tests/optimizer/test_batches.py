from collections.abc import Callable, Sequence
from typing import Any

from latentbo.ledger import Evaluation, Proposal, StepRecord
from latentbo.optimizer import OptimizationConfig
from latentbo.optimizer.batches import BatchOptimizer, NewStrings, Selection
from latentbo.optimizer.history import History
from latentbo.tasks import Accepted

Evaluate = Callable[[Sequence[Proposal]], list[Evaluation]]


class Counting:
    """Picks `x1, x2, …` and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, int]] = []

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        self.told.append((len(history.known), q, seed))
        picks = [Selection("C" * (10 + len(history.known) + i), "test", {"i": i}) for i in range(q)]
        return {"told": len(self.told)}, picks


def test_the_budget_is_spent_batch_by_batch(evaluated: Evaluate) -> None:
    strategy = Counting()
    config = OptimizationConfig(budget=11, num_initial=3, batch_size=5)
    optimizer = BatchOptimizer(strategy, ["C", "CC", "CCC", "CCCC"], config)
    rows: list[Evaluation] = []
    suggestions = []
    while len(rows) < 11:
        suggestions.append(optimizer.ask(rows))
        rows += evaluated(suggestions[-1].proposals)
    assert [len(s.proposals) for s in suggestions] == [3, 5, 3]
    assert [row.call for row in rows] == list(range(1, 12))
    assert [s.step.batch for s in suggestions] == [0, 1, 2]
    assert suggestions[0].step.state == {"pool": 4}
    assert [told[:2] for told in strategy.told] == [(3, 5), (8, 3)]
    assert strategy.told[0][2] != strategy.told[1][2]
    assert rows[3].details == {"i": 0}
    assert optimizer.ask(rows).proposals == []


def test_a_step_depends_on_what_was_evaluated_and_nothing_else(evaluated: Evaluate) -> None:
    config = OptimizationConfig(budget=11, num_initial=3, batch_size=5)

    def fresh() -> BatchOptimizer:
        return BatchOptimizer(Counting(), ["C", "CC", "CCC", "CCCC"], config)

    rows = evaluated(fresh().ask([]).proposals)
    assert fresh().ask(rows).proposals == fresh().ask(rows).proposals


def judge(string: str) -> Accepted:
    """Upper case is canonical; `!` marks what is no string, `-` what is not wanted."""
    if "!" in string:
        return Accepted(None, "invalid")
    return Accepted(None, "filtered", "dash") if "-" in string else Accepted(string.upper())


def test_what_is_proposed_is_accounted_for() -> None:
    new = NewStrings(judge, {"OLD"})
    assert new.add(["a", "A", "b!", "c-", None, "old"], "first") == ["A"]
    assert new.add(["a", "d"], "second") == ["D"]
    assert new.origins == {"A": "first", "D": "second"}
    ends = {"decoded": 8, "unfinished": 0, "invalid": 2, "filtered": 1, "known": 3}
    assert new.counts == {**ends, "filtered: dash": 1}


POOL = ["C", "CC", "CCC", "CCCC"]


def test_two_measurements_stand_for_the_initial_batch(evaluated: Evaluate) -> None:
    config = OptimizationConfig(budget=8, num_initial=3, batch_size=4)
    given = [("CC", 1.0), ("O", 2.0)]
    strategy = Counting()
    optimizer = BatchOptimizer(strategy, POOL, config, given)
    first = optimizer.ask([])
    assert (first.step.batch, len(first.proposals)) == (0, 4)
    assert {each.origin for each in first.proposals} == {"test"}
    second = optimizer.ask(evaluated(first.proposals))
    assert second.step.batch == 1
    assert [told[0] for told in strategy.told] == [2, 6]


def test_one_measurement_is_too_few_and_not_proposed_again() -> None:
    config = OptimizationConfig(budget=8, num_initial=4)
    for given in ([("CC", 1.0)], [("CC", 1.0), ("CC", 2.0)]):
        first = BatchOptimizer(Counting(), POOL, config, given).ask([])
        assert {each.origin for each in first.proposals} == {"initial"}
        assert {each.string for each in first.proposals} == {"C", "CCC", "CCCC"}


def test_what_waits_counts_as_a_call_and_is_not_proposed_again() -> None:
    config = OptimizationConfig(budget=4, num_initial=2, batch_size=3)
    optimizer = BatchOptimizer(Counting(), POOL, config)
    waiting = [
        Evaluation(each.call, each.batch, each.string, each.origin)
        for each in optimizer.ask([]).proposals
    ]
    more = optimizer.ask(waiting)
    assert [each.call for each in more.proposals] == [3, 4]
    assert {each.origin for each in more.proposals} == {"random"}
    assert not {each.string for each in more.proposals} & {each.string for each in waiting}


def test_steps_that_propose_nothing_change_no_proposal(evaluated: Evaluate) -> None:
    """Results may be recorded in steps of their own; the next batch is numbered behind them."""
    config = OptimizationConfig(budget=11, num_initial=3, batch_size=5)
    rows = evaluated(BatchOptimizer(Counting(), POOL, config).ask([]).proposals)
    plain = BatchOptimizer(Counting(), POOL, config).ask(rows, [StepRecord(0)])
    later = BatchOptimizer(Counting(), POOL, config).ask(rows, [StepRecord(0), StepRecord(1)])
    assert (plain.step.batch, later.step.batch) == (1, 2)
    assert [each.batch for each in later.proposals] == [2] * 5
    assert [each.string for each in plain.proposals] == [each.string for each in later.proposals]


def test_a_number_takes_the_place_of_the_settings(evaluated: Evaluate) -> None:
    config = OptimizationConfig(budget=3, num_initial=2, batch_size=1)
    optimizer = BatchOptimizer(Counting(), POOL, config)
    first = optimizer.ask([], number=3).proposals
    assert [each.origin for each in first] == ["initial"] * 3
    rows = evaluated(first)
    assert optimizer.ask(rows).proposals == []
    assert len(optimizer.ask(rows, number=5).proposals) == 5


def test_the_fallback_decides_until_two_strings_have_values(evaluated: Evaluate) -> None:
    config = OptimizationConfig(budget=9, num_initial=1, batch_size=2)
    strategy, fallback = Counting(), Counting()
    optimizer = BatchOptimizer(strategy, POOL, config, fallback=fallback)
    rows = evaluated(optimizer.ask([]).proposals)
    rows += evaluated(optimizer.ask(rows).proposals)
    optimizer.ask(rows)
    assert (len(fallback.told), len(strategy.told)) == (1, 1)


def test_without_a_pool_there_is_no_initial_batch() -> None:
    strategy = Counting()
    optimizer = BatchOptimizer(strategy, (), OptimizationConfig(batch_size=2), fallback=strategy)
    assert [each.origin for each in optimizer.ask([]).proposals] == ["test", "test"]


class Idle:
    """Has nothing to propose."""

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Selection]]:
        return {"step": len(history.steps)}, []


def test_a_number_of_steps_ends_the_run_and_nothing_else() -> None:
    idle = Idle()
    optimizer = BatchOptimizer(idle, (), OptimizationConfig(), fallback=idle, num_steps=2)
    steps: list[StepRecord] = []
    for number in range(2):
        suggestion = optimizer.ask([], steps)
        assert (suggestion.finished, suggestion.step.state) == (False, {"step": number})
        steps.append(suggestion.step)
    assert optimizer.ask([], steps).finished is True
