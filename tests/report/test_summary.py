import math
from dataclasses import replace

import pytest

from latentbo.ledger.record import StepRecord
from latentbo.report.run import Run
from latentbo.report.summary import (
    DecodeCounts,
    OriginCounts,
    Summary,
    budget_line,
    count_origins,
    format_number,
    rules_line,
    summarize,
)


def test_summary_by_hand(run: Run) -> None:
    summary = summarize(run)
    assert summary == Summary(
        num_initial=5,
        num_optimizer=5,
        num_failed=2,
        num_pending=1,
        num_interrupted=1,
        best_initial=2.5,
        best=4.0,
        top_mean=math.fsum([1, 2.5, -3, 2.5, 2, 4, 4, 1 / 3]) / 8,
        seconds=2.5,
        decodes=DecodeCounts(
            *(40, 1, 10, 23), rules={"structural alert (Brenk)": 7, "rings (at least 1)": 3}
        ),
        budget=11,
    )
    assert summary.num_calls == 10
    assert summary.improvement == 1.5


def test_decodes_add_up_over_steps(run: Run) -> None:
    alert, rings = "structural alert (Brenk)", "rings (at least 1)"
    steps = [*run.steps, StepRecord(2, {"decoded": 8, "known": 2, f"filtered: {rings}": 1})]
    decodes = summarize(replace(run, steps=steps)).decodes
    rules = {alert: 7, rings: 4}
    assert decodes == DecodeCounts(decoded=48, invalid=1, filtered=10, known=25, rules=rules)
    assert list(decodes.rules) == [alert, rings]
    assert decodes.candidates == 12


def test_refusals_in_one_line() -> None:
    rules = {"a": 5, "b": 3, "c": 1, "d": 1}
    counts = DecodeCounts(decoded=40, invalid=0, filtered=10, known=0, rules=rules)
    line = rules_line(counts, most=2)
    assert line == "refused before a call: 25% of 40 proposals: 5 a, 3 b, 2 by 2 other rules"
    assert rules_line(DecodeCounts(40, 0, 10, 0)) == ""


def test_summary_of_an_empty_run() -> None:
    summary = summarize(Run())
    assert summary == Summary(0, 0, 0, 0, 0, None, None, None, 0.0, None)
    assert summary.improvement is None


def test_origins_by_hand(run: Run) -> None:
    assert count_origins(run) == [
        OriginCounts("initial", calls=5, failed=1, best=2.5, in_best=4),
        OriginCounts("trust-region", calls=5, failed=1, best=4.0, in_best=4),
    ]


def test_origins_of_the_best(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentbo.report.summary.NUM_BEST", 3)
    assert [each.in_best for each in count_origins(run)] == [1, 2]


def test_the_budget_in_one_line(run: Run) -> None:
    assert budget_line(summarize(run)) == (
        "10 of 11 calls: 5 initial, 5 by the optimizer, 2 failed, 1 pending, 1 interrupted and "
        "repeated; 23 decodes were known and cost none"
    )
    whole = replace(run, config={"budget": 10}, steps=[], num_interrupted=0)
    whole = replace(whole, evaluations=run.evaluations[:10])
    expected = "10 calls: 5 initial, 5 by the optimizer, 2 failed"
    assert budget_line(summarize(whole)) == expected
    assert budget_line(summarize(replace(whole, config={}))) == expected


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "–"), (-1.23456, "−1.235"), (500.0, "500"), (1e-12, "1e−12"), (0.0, "0")],
)
def test_format_number(number: float | None, text: str) -> None:
    assert format_number(number) == text
