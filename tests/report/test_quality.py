from dataclasses import replace

import pytest

from latentbo.ledger.record import Evaluation, Status
from latentbo.metrics import auc_top, internal_diversity
from latentbo.report.expressions import EXPRESSIONS
from latentbo.report.molecules import MOLECULES
from latentbo.report.quality import Area, areas, best_strings, findings
from latentbo.report.run import Run


def test_areas_are_over_the_budget(run: Run) -> None:
    values = [row.value for row in run.finished]
    found = areas(run)
    assert [each.top for each in found] == [1, 10, 100]
    assert [each.area for each in found] == [auc_top(values, top, 11) for top in (1, 10, 100)]
    assert found[0].mean == 4.0
    longer = replace(run, config={"budget": 1000})
    assert areas(longer)[0].area == pytest.approx((10 * 4 / 2 + 990 * 4) / 1000)


def test_areas_over_fewer_calls(run: Run) -> None:
    # The best of the first three calls is 2.5: from 0 to 2.5 in three calls.
    assert areas(run, 3)[0] == Area(1, 1.25, 2.5)


def test_a_run_without_a_value_has_no_area() -> None:
    row = Evaluation(1, 0, "C", "initial", {}, Status.FAILED)
    for run in (Run(), Run(evaluations=[row])):
        assert {(each.area, each.mean) for each in areas(run)} == {(None, None)}
        assert [finding.text for finding in findings(run, MOLECULES)] == ["–"] * 3


def test_findings_describe_the_best(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentbo.report.quality.NUM_BEST", 3)
    best = ["c1cc[nH]c1", "O=[N+]([O-])c1ccccc1", "Cc1ccccc1"]
    assert best_strings(run) == best
    diversity, easy, free = findings(run, MOLECULES)
    assert diversity.number == internal_diversity(best)
    assert (easy.text, free.text) == ("100 %", "67 %")


def test_failed_calls_are_not_among_the_best(run: Run) -> None:
    assert len(best_strings(run)) == 8


def test_expressions_have_no_such_qualities(run: Run) -> None:
    assert findings(run, EXPRESSIONS) == []
