import pytest

from latentbo.ledger import MEASURED, RETRY, Evaluation, Status
from latentbo.ledger.averages import by_molecule, mean


def row(call: int, string: str, value: float | None, origin: str = "x") -> Evaluation:
    status = Status.FAILED if value is None else Status.OK
    message = "broken" if value is None else ""
    return Evaluation(call, call - 1, string, origin, {"n": call}, status, value, message, 0.5)


def pending(call: int, string: str) -> Evaluation:
    return Evaluation(call, call - 1, string, "x")


def test_without_repeats_nothing_changes() -> None:
    rows = [row(1, "C", 1.0), row(2, "CC", None), pending(3, "CCC")]
    assert [each.merged for each in by_molecule(rows)] == rows


def test_repeats_are_averaged_and_stand_where_the_first_call_stood() -> None:
    rows = [row(1, "C", 1.0), row(2, "CC", 5.0), row(3, "C", 4.0, MEASURED), row(4, "C", None)]
    merged = [each.merged for each in by_molecule(rows)]
    assert [each.string for each in merged] == ["C", "CC"]
    first = merged[0]
    assert (first.call, first.origin, first.details, first.value) == (1, "x", {"n": 1}, 2.5)
    assert (first.status, first.message, first.seconds) == (Status.OK, "", 1.5)


def test_an_attempt_that_worked_speaks_for_the_molecule() -> None:
    (found,) = by_molecule([row(1, "C", None), row(2, "C", None, RETRY), row(3, "C", 7.0, RETRY)])
    assert found.values == [7.0]
    assert (found.merged.value, found.merged.message, found.merged.call) == (7.0, "", 1)


def test_without_a_value_it_waits_and_has_failed_then() -> None:
    (waiting,) = by_molecule([row(1, "C", None), pending(2, "C")])
    assert (waiting.merged.status, waiting.merged.message) == (Status.PENDING, "")
    (failed,) = by_molecule([row(1, "C", None), row(2, "C", None)])
    assert (failed.merged.status, failed.merged.message) == (Status.FAILED, "broken")


@pytest.mark.parametrize("value", [0.1, -1 / 3, 1e308, 5e-324])
def test_the_mean_of_equal_values_is_their_value(value: float) -> None:
    for number in (1, 3, 7):
        assert mean([value] * number) == value
