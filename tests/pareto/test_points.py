from typing import Any

from latentbo.ledger import Evaluation, Status
from latentbo.pareto import points_of


def row(call: int, smiles: str, **raw: float) -> Evaluation:
    terms: dict[str, Any] = {name: {"raw": x, "score": x / 10} for name, x in raw.items()}
    return Evaluation(call, 0, smiles, "x", {}, Status.OK, 1.0, "", None, terms)


def test_rows_become_points() -> None:
    failed = Evaluation(2, 0, "CC", "x", {}, Status.FAILED, None, "no", None, {})
    rows = [row(1, "C", a=1, b=2), failed, row(3, "CCC", b=4, a=3), row(4, "O", a=1)]
    points = points_of([*rows, Evaluation(5, 1, "N", "x")], ["b", "a"])
    assert [each.call for each in points.rows] == [1, 3]
    assert points.raw.tolist() == [[2, 1], [4, 3]]
    assert points.scores.tolist() == [[0.2, 0.1], [0.4, 0.3]]


def test_a_string_that_was_measured_repeatedly_is_one_point() -> None:
    rows = [row(1, "C", a=1, b=2), row(2, "O", a=9, b=9), row(3, "C", a=3, b=4)]
    points = points_of(rows, ["a", "b"])
    assert [each.call for each in points.rows] == [1, 2]
    assert points.raw.tolist() == [[2, 3], [9, 9]]


def test_no_rows() -> None:
    assert points_of([], ["a", "b", "c"]).scores.shape == (0, 3)
