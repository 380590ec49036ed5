import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.pareto import augmented_chebyshev, draw_weights, non_dominated, unit_scores

ROWS = st.lists(st.tuples(*[st.integers(-5, 5)] * 3), min_size=1, max_size=15)


def test_values_by_hand() -> None:
    scores = torch.tensor([[1.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
    values = augmented_chebyshev(scores, torch.tensor([0.25, 0.75]))
    expected = [-(0.75 + 0.05 * 0.75), -(0.375 + 0.05 * 0.5), 0.0]
    assert values.tolist() == pytest.approx(expected)


def test_scores_are_scaled_by_their_range() -> None:
    scores = torch.tensor([[-4, 2, 1e308], [4, 2, -1e308], [0, 2, 0]], dtype=torch.float64)
    assert unit_scores(scores).tolist() == [[0, 1, 1], [1, 1, 0], [0.5, 1, 0.5]]
    assert unit_scores(torch.empty(0, 2)).shape == (0, 2)


@given(ROWS, st.integers(0, 1000))
def test_the_best_row_is_on_the_front(rows: list[tuple[int, ...]], seed: int) -> None:
    scores = torch.tensor(rows, dtype=torch.float64)
    values = augmented_chebyshev(unit_scores(scores), draw_weights(3, seed))
    assert values.min() >= -1.05
    assert values.max() <= 0
    assert non_dominated(scores)[values.argmax()]


def test_every_part_of_a_front_is_the_best_under_some_weights() -> None:
    # Not convex: no weighted sum finds the middle.
    scores = torch.tensor([[0.0, 1.0], [0.4, 0.4], [1.0, 0.0]])
    found = {int(augmented_chebyshev(scores, draw_weights(2, seed)).argmax()) for seed in range(60)}
    assert found == {0, 1, 2}


def test_weights_are_uniform_on_the_simplex() -> None:
    drawn = torch.stack([draw_weights(3, seed) for seed in range(1500)])
    assert (drawn > 0).all()
    assert drawn.sum(dim=1).tolist() == pytest.approx([1.0] * 1500)
    # Of Dirichlet(1, 1, 1): mean 1/3, variance 1/18, and 1/4 of the area has a weight above 1/2.
    assert drawn.mean(dim=0).tolist() == pytest.approx([1 / 3] * 3, abs=0.02)
    assert drawn.var(dim=0).tolist() == pytest.approx([1 / 18] * 3, abs=0.008)
    assert (drawn > 0.5).double().mean(dim=0).tolist() == pytest.approx([1 / 4] * 3, abs=0.04)
    assert draw_weights(3, 7).tolist() == drawn[7].tolist()


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="at least one weight, got 0"):
        draw_weights(0, 1)
    with pytest.raises(ValueError, match=r"a finite n x m matrix, got the shape \(2,\)"):
        unit_scores(torch.zeros(2))
    with pytest.raises(ValueError, match=r"got the shapes \(1, 2\) and \(3,\)"):
        augmented_chebyshev(torch.zeros(1, 2), torch.ones(3))
    with pytest.raises(ValueError, match=r"weights must be above 0, got \[1.0, 0.0\]"):
        augmented_chebyshev(torch.zeros(1, 2), torch.tensor([1.0, 0.0]))
