import pytest

from latentbo.ledger import Evaluation, Status
from latentbo.optimizer import OptimizationConfig
from latentbo.optimizer.history import History, by_batch, draw_initial


def row(call: int, batch: int, string: str, value: float | None) -> Evaluation:
    status = Status.FAILED if value is None else Status.OK
    return Evaluation(call, batch, string, "test", {}, status, value)


ROWS = [row(1, 0, "C", 1.0), row(2, 0, "CC", None), row(3, 1, "CCC", 3.0), row(4, 3, "O", 1.0)]


def test_what_is_known_is_folded_from_the_evaluations() -> None:
    history = History.of(ROWS)
    assert history.strings == ["CCC", "C", "O"]  # of equals the earlier one first
    assert history.values.tolist() == [3.0, 1.0, 1.0]
    assert history.known == {"C", "CC", "CCC", "O"}
    assert [len(batch) for batch in history.batches] == [2, 1, 0, 1]
    assert (history.number, history.next_call) == (4, 5)


def test_nothing_is_known_at_first() -> None:
    history = History.of([])
    assert (history.number, history.next_call, history.strings) == (0, 1, [])
    assert by_batch([]) == []


@pytest.mark.parametrize("number", [1, 3, 9])
def test_the_first_strings_are_drawn_once_each(number: int) -> None:
    pool = ["C", "CC", "CCC", "CCCC"]
    drawn = draw_initial(pool, OptimizationConfig(seed=1), number)
    assert [p.call for p in drawn] == list(range(1, min(number, 4) + 1))
    assert len({p.smiles for p in drawn}) == len(drawn)
    assert drawn == draw_initial(pool, OptimizationConfig(seed=1), number)
    orders = {
        tuple(p.smiles for p in draw_initial(pool, OptimizationConfig(seed=seed), 4))
        for seed in range(8)
    }
    assert len(orders) > 1
