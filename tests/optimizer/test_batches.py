from collections.abc import Callable, Sequence
from typing import Any

from latentbo.ledger import Evaluation, Proposal
from latentbo.optimizer import OptimizationConfig
from latentbo.optimizer.batches import BatchOptimizer, NewStrings, Pick
from latentbo.optimizer.history import History
from latentbo.proposals import Accepted

Evaluate = Callable[[Sequence[Proposal]], list[Evaluation]]


class Counting:
    """Picks `x1, x2, …` and remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, int]] = []

    def pick(self, history: History, q: int, seed: int) -> tuple[dict[str, Any], list[Pick]]:
        self.told.append((len(history.known), q, seed))
        picks = [Pick("C" * (10 + len(history.known) + i), "test", {"i": i}) for i in range(q)]
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
    return Accepted(None, "filtered") if "-" in string else Accepted(string.upper())


def test_what_is_proposed_is_accounted_for() -> None:
    new = NewStrings(judge, {"OLD"})
    assert new.add(["a", "A", "b!", "c-", None, "old"], "first") == ["A"]
    assert new.add(["a", "d"], "second") == ["D"]
    assert new.origins == {"A": "first", "D": "second"}
    assert new.counts == {"decoded": 8, "unfinished": 0, "invalid": 2, "filtered": 1, "known": 3}
