import pytest
import torch
from botorch.utils.multi_objective import Hypervolume
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentbo.pareto import hypervolume, hypervolume_curve, non_dominated


def matrix(*rows: tuple[float, ...]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


@st.composite
def score_tables(draw: st.DrawFn) -> Tensor:
    """Scores on a coarse grid, so that there are equal rows and equal scores."""
    width = draw(st.integers(2, 4))
    row = st.tuples(*[st.integers(-3, 6)] * width)
    return matrix(*draw(st.lists(row, min_size=1, max_size=12)))


def dominates(one: Tensor, other: Tensor) -> bool:
    return bool((one >= other).all() and (one > other).any())


def counted(scores: Tensor) -> int:
    """The hypervolume above 0 of integer scores, by counting unit cubes."""
    sides = [range(1, 7)] * scores.shape[1]
    cubes = torch.cartesian_prod(*[torch.tensor(side) for side in sides])
    return int((scores[None] >= cubes[:, None]).all(dim=2).any(dim=1).sum())


def test_a_front_by_hand() -> None:
    scores = matrix((1, 5), (3, 3), (2, 3), (5, 1), (3, 3), (1, 4))
    assert non_dominated(scores).tolist() == [True, True, False, True, True, False]


def test_hypervolumes_by_hand() -> None:
    flat = matrix((1, 5), (3, 3), (5, 1))
    # Strips of width 1, 2 and 2: 5 + 2 * 3 + 2 * 1.
    assert hypervolume(flat, torch.zeros(2)) == pytest.approx(13)
    # Above (1, 1) only the middle member is left: 2 * 2.
    assert hypervolume(flat, torch.ones(2)) == pytest.approx(4)
    assert hypervolume(flat, torch.tensor([-1.0, 0.0])) == pytest.approx(2 * 5 + 2 * 3 + 2)
    # Two boxes 1 x 2 x 3 and 3 x 1 x 2, of which 1 x 1 x 2 are shared.
    assert hypervolume(matrix((1, 2, 3), (3, 1, 2)), torch.zeros(3)) == pytest.approx(6 + 6 - 2)
    assert hypervolume(matrix((5, -1)), torch.zeros(2)) == 0
    assert hypervolume(torch.empty(0, 2), torch.zeros(2)) == 0


@settings(max_examples=settings().max_examples // 2)
@given(score_tables(), st.randoms(use_true_random=False))
def test_fronts(scores: Tensor, chance: object) -> None:
    mask = non_dominated(scores)
    front = scores[mask]
    assert mask.any()
    assert not any(dominates(one, other) for one in front for other in front)
    assert all(any(dominates(one, row) for one in front) for row in scores[~mask])
    order = list(range(len(scores)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    assert non_dominated(scores[order]).tolist() == mask[order].tolist()
    worse = torch.cat([scores, front[:1] - 1])
    assert non_dominated(worse).tolist() == [*mask.tolist(), False]


@settings(max_examples=settings().max_examples // 2)
@given(score_tables())
def test_hypervolumes(scores: Tensor) -> None:
    reference = torch.zeros(scores.shape[1])
    volume = hypervolume(scores, reference)
    assert volume == pytest.approx(counted(scores))
    assert hypervolume(scores.flip(0), reference) == pytest.approx(volume)
    assert hypervolume(torch.cat([scores, scores[:1] - 1]), reference) == pytest.approx(volume)
    curve = hypervolume_curve(scores, reference)
    assert curve == sorted(curve)
    expected = [hypervolume(scores[: end + 1], reference) for end in range(len(scores))]
    assert curve == pytest.approx(expected)


@given(score_tables())
def test_two_scores_are_measured_as_botorch_does(scores: Tensor) -> None:
    flat = scores[:, :2] / 7
    reference = torch.tensor([-0.3, -0.2], dtype=torch.float64)
    expected = Hypervolume(reference).compute(flat[non_dominated(flat)])
    assert hypervolume(flat, reference) == pytest.approx(expected)


def test_a_long_curve_ends_at_the_volume_of_the_front() -> None:
    scores = torch.rand(2000, 2, generator=torch.Generator().manual_seed(0)).double()
    scores /= scores.norm(dim=1, keepdim=True)
    curve = hypervolume_curve(scores, torch.zeros(2))
    assert len(curve) == 2000
    assert curve[-1] == pytest.approx(hypervolume(scores, torch.zeros(2)))
    assert 0.7 < curve[-1] < torch.pi / 4  # nearly the quarter of a disc
    assert hypervolume_curve(torch.empty(0, 2), torch.zeros(2)) == []


def test_wrong_tensors() -> None:
    with pytest.raises(ValueError, match=r"n x m matrix, got the shape \(3,\)"):
        non_dominated(torch.zeros(3))
    for bad in (torch.nan, torch.inf):
        with pytest.raises(ValueError, match="scores must be finite; leave out the rows that"):
            hypervolume(matrix((1.0, bad)), torch.zeros(2))
    with pytest.raises(ValueError, match=r"one number for each of 2 scores, got the shape \(3,\)"):
        hypervolume_curve(torch.zeros(1, 2), torch.zeros(3))
    with pytest.raises(ValueError, match="the reference must be finite"):
        hypervolume(torch.zeros(1, 2), torch.tensor([0.0, torch.nan]))
