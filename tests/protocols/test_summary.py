import math

import pytest

from latentbo.errors import CheckpointError
from latentbo.ledger import Evaluation, Status, StepRecord
from latentbo.protocols import Point, Source, mean_and_error, summarize

GP = {"log_likelihood": -1.3, "rmse": 0.9}
FIRST = {"gp": GP, "best_in_training": 0.0, "best_in_data": 0.5}


def step(number: int, *points: Point) -> StepRecord:
    state = {"points": [point.to_json() for point in points]}
    return StepRecord(number, state | (FIRST if number == 0 else {}))


def called(call: int, string: str, value: float | None) -> Evaluation:
    status = Status.FAILED if value is None else Status.OK
    return Evaluation(call, 0, string, "x", {}, status, value)


def test_it_counts_every_point_once() -> None:
    steps = [
        step(0, Point((0.0,), "a", Source.CALL), Point((1.0,), "b", Source.CALL)),
        step(1, Point((2.0,), "a", Source.LEDGER), Point((3.0,), None, Source.INVALID)),
        step(2, Point((2.0,), "c", Source.LABELS, -4.0), Point((3.0,), "d", Source.CALL)),
    ]
    rows = [called(1, "a", -1.0), called(2, "b", -3.0), called(3, "d", None)]
    pending = Evaluation(4, 2, "e", "x")
    summary = summarize(steps, [*rows, pending])
    assert summary.best == (("a", -1.0), ("b", -3.0), ("c", -4.0))
    assert (summary.num_points, summary.num_calls, summary.num_known) == (6, 3, 2)
    assert (summary.num_invalid, summary.num_failed) == (1, 1)
    assert summary.fraction_valid == 5 / 6
    assert summary.average == pytest.approx((-1 - 3 - 1 - 4) / 4)
    assert (summary.best_in_training, summary.best_in_data) == (0.0, 0.5)
    assert (summary.log_likelihood, summary.rmse) == (-1.3, 0.9)


def test_a_run_without_a_valid_point_has_no_average() -> None:
    summary = summarize([step(0, Point((0.0,), None, Source.INVALID))], [])
    assert summary.best == ()
    assert summary.fraction_valid == 0.0
    assert math.isnan(summary.average)


def test_runs_without_a_usable_step_are_refused() -> None:
    with pytest.raises(CheckpointError, match="no step yet: resume it first"):
        summarize([], [])
    with pytest.raises(CheckpointError, match="does not hold the evaluation of its GP"):
        summarize([StepRecord(0, {"points": []})], [])
    with pytest.raises(CheckpointError, match="step 0 of this run does not hold the points"):
        summarize([StepRecord(0, {"points": [{"code": [1.0], "source": "rumour"}]})], [])


def test_points_survive_json() -> None:
    points = [
        Point((0.1, -1e-17), "x", Source.LABELS, 2.5, (1.0, 2.0), 7),
        Point((1 / 3, 2.0), None, Source.INVALID),
    ]
    for point in points:
        assert Point.from_json(point.to_json()) == point


def test_mean_and_both_errors() -> None:
    result = mean_and_error([1.0, 2.0, 3.0, 6.0])
    assert result.mean == 3.0
    assert result.deviation == pytest.approx((14 / 3) ** 0.5)
    assert result.error == pytest.approx((14 / 3) ** 0.5 / 2)
    assert result.number == 4
    assert str(result) == "3.000 ± 1.080 (n = 4)"
    assert math.isnan(mean_and_error([2.0]).error)
    with pytest.raises(ValueError, match="no mean of no values"):
        mean_and_error([])
