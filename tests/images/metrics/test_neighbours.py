import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentbo.errors import InputError
from latentbo.images.metrics import PrecisionRecall, neighbour_radii, precision_recall


def normal(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def plain(real: Tensor, generated: Tensor, k: int) -> PrecisionRecall:
    """The definition, one pair at a time."""

    def share(points: Tensor, centres: Tensor) -> float:
        inside = 0
        for point in points.double():
            for centre in centres.double():
                ordered = (centres.double() - centre).norm(dim=1).sort().values
                # The first is the row itself.
                if (point - centre).norm() <= ordered[k]:
                    inside += 1
                    break
        return inside / len(points)

    return PrecisionRecall(share(generated, real), share(real, generated))


@settings(max_examples=settings().max_examples // 5)
@given(
    n=st.integers(4, 12),
    m=st.integers(4, 12),
    k=st.integers(1, 3),
    block=st.integers(1, 20),
    seed=st.integers(0, 10**6),
)
def test_equals_the_definition_in_blocks_of_any_size(
    n: int, m: int, k: int, block: int, seed: int
) -> None:
    real, generated = normal(n, 2, seed), normal(m, 2, seed + 1) + 0.5
    assert precision_recall(real, generated, k, block) == plain(real, generated, k)


def test_radii_by_hand() -> None:
    points = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    assert neighbour_radii(points, 1, 3).tolist() == pytest.approx([1.0, 1.0, 2.0, 4.0])
    assert neighbour_radii(points, 3, 3).tolist() == pytest.approx([7.0, 6.0, 4.0, 7.0])


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_equal_sets(offset: float) -> None:
    points = normal(50, 8, 0) + offset
    assert precision_recall(points, points) == PrecisionRecall(1.0, 1.0)


def test_equal_rows_have_radius_zero_and_hold_each_other() -> None:
    points = normal(1, 100, 0).expand(9, -1) * 37
    assert neighbour_radii(points).eq(0).all()
    assert precision_recall(points, points) == PrecisionRecall(1.0, 1.0)
    assert precision_recall(points, points + 0.01) == PrecisionRecall(0.0, 0.0)


def test_far_sets() -> None:
    points = normal(30, 4, 0)
    assert precision_recall(points, normal(40, 4, 1) + 1000) == PrecisionRecall(0.0, 0.0)


def test_half_of_the_modes_is_precise_and_recalls_half() -> None:
    near, far = normal(40, 3, 0), normal(40, 3, 1) + 1000
    result = precision_recall(torch.cat([near, far]), near)
    assert result == PrecisionRecall(precision=1.0, recall=0.5)
    turned = precision_recall(near, torch.cat([near, far]))
    assert turned == PrecisionRecall(precision=0.5, recall=1.0)


def test_known_radii_change_nothing() -> None:
    real, generated = normal(30, 3, 0), normal(20, 3, 1)
    radii = neighbour_radii(real)
    expected = precision_recall(real, generated)
    assert precision_recall(real, generated, real_radii=radii) == expected
    wide = precision_recall(real, generated, real_radii=torch.full((30,), 1e3))
    assert wide == PrecisionRecall(1.0, expected.recall)


def test_what_cannot_be_used() -> None:
    points = normal(5, 2, 0)
    with pytest.raises(InputError, match="second features are 3 x 2; give at least 4 rows"):
        precision_recall(points, points[:3])
    with pytest.raises(InputError, match="num_neighbours is 0"):
        precision_recall(points, points, num_neighbours=0)
    with pytest.raises(InputError, match="real_radii has shape \\(2,\\)"):
        precision_recall(points, points, real_radii=torch.ones(2))
    with pytest.raises(InputError, match="given features are 3 x 2"):
        neighbour_radii(points[:3])
