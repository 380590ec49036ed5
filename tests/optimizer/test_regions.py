import itertools

import pytest

from latentbo.ledger import Evaluation, Status
from latentbo.optimizer.regions import (
    first_batch,
    is_restart,
    parents,
    region_distance,
    stalled_batches,
    worth_a_call,
)
from latentbo.proposals import Diversity

#: Chains are close to each other, and far from rings.
RANKED = ["CCCCCCCC", "CCCCCCC", "CCCCCCCCC", "CCCCc1ccccc1", "CCCCCc1ccccc1", "OC(=O)CN"]


def batch(*values: float | None) -> list[Evaluation]:
    return [
        Evaluation(1, 0, "C", "", {}, Status.FAILED if v is None else Status.OK, v) for v in values
    ]


def test_batches_without_success_are_counted() -> None:
    assert stalled_batches([]) == 0
    start = batch(*range(10))
    assert stalled_batches([start]) == 0
    assert stalled_batches([start, batch(0.0), batch(None, -1.0)]) == 2
    assert stalled_batches([start, batch(0.0), batch(0.5)]) == 0
    assert stalled_batches([start, batch(100.0), batch(1.0)]) == 1  # ten are better, or as good


def test_a_search_begins_anew_after_long_without_success() -> None:
    assert [stalled for stalled in range(40) if is_restart(stalled)] == [12, 24, 36]


def test_after_a_new_beginning_only_what_came_since_has_children() -> None:
    assert [first_batch(30, stalled) for stalled in range(13)] == [0] * 13
    assert [first_batch(30, stalled) for stalled in (13, 14, 23)] == [29, 28, 19]
    assert first_batch(41, 24) == 0  # of the pool again
    assert first_batch(42, 25) == 41
    assert first_batch(42, 0) == 0  # it succeeded


def test_a_new_search_has_its_own_patience() -> None:
    assert region_distance(13, 0.0) == region_distance(1, 0.0) == 0.0
    assert region_distance(13, 0.4) == 0.4
    assert region_distance(21, 0.0) == region_distance(9, 0.0) > 0


def test_the_longer_it_is_stuck_the_farther_apart() -> None:
    distances = [region_distance(stalled, 0.0) for stalled in range(12)]
    assert distances[0] == 0.0
    assert distances == sorted(distances)
    assert distances[-1] > distances[4] > 0
    assert region_distance(0, 0.4) == 0.4
    assert region_distance(11, 0.4) == distances[-1]


def test_parents_are_the_best_of_each_region() -> None:
    assert parents(RANKED, 2, 0.0) == RANKED[:2]
    apart = parents(RANKED, 6, 0.5)
    assert apart == ["CCCCCCCC", "CCCCc1ccccc1", "OC(=O)CN"]
    for a, b in itertools.combinations(apart, 2):
        assert Diversity(0.0, [a]).distance(b) >= 0.5
    assert parents(RANKED, 2, 0.5) == apart[:2]
    assert parents([], 2, 0.5) == []


def test_close_to_a_better_molecule_is_no_hit() -> None:
    evaluated, values = ["CCCCCCCC", "CCCCc1ccccc1"], [5.0, 1.0]
    candidates = ["CCCCCCC", "CCCCCCCCC", "CCCCCc1ccccc1", "OC(=O)CN"]
    bounds = [6.0, 4.0, 2.0, -9.0]
    # The first and the third are better than their neighbours, the second is not.
    assert worth_a_call(candidates, bounds, evaluated, values, 0.5) == [True, False, True, True]
    assert worth_a_call(candidates, bounds, evaluated, values, 0.0) == [True] * 4
    assert worth_a_call([], [], evaluated, values, 0.5) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_the_candidates_does_not_matter(order: tuple[int, ...]) -> None:
    candidates, bounds = ["CCCCCCC", "CCCCCc1ccccc1", "CCCCCCCCC"], [4.0, 0.5, 6.0]
    found = worth_a_call(
        [candidates[i] for i in order],
        [bounds[i] for i in order],
        ["CCCCCCCC", "CCCCc1ccccc1"],
        [5.0, 1.0],
        0.5,
    )
    assert [found[order.index(i)] for i in range(3)] == [False, False, True]
