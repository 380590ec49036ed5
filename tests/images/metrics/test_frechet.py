import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from latentbo.errors import InputError
from latentbo.images.metrics import frechet_distance


def normal(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def standardized(n: int, d: int, seed: int = 0) -> Tensor:
    """Rows whose mean is 0 and whose unbiased covariance is the identity, up to rounding."""
    rows = normal(n, d, seed)
    basis = torch.linalg.qr(rows - rows.mean(0)).Q
    return basis * (n - 1) ** 0.5


def test_diagonal_gaussians_in_closed_form() -> None:
    means = torch.tensor([[0.0, 1.0, -2.0], [3.0, 1.0, 0.5]])
    deviations = torch.tensor([[1.0, 2.0, 0.5], [2.5, 2.0, 0.1]])
    # |m_1 - m_2|^2 + |s_1 - s_2|^2: covariances that commute.
    expected = 9 + 6.25 + 2.25 + 0.16
    first, second = (
        standardized(50 + number, 3, number) * deviations[number] + means[number]
        for number in range(2)
    )
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-6)


def test_covariances_that_do_not_commute() -> None:
    # For 2 x 2 matrices, tr (A B)^(1/2) = (tr(A B) + 2 det(A B)^(1/2))^(1/2).
    first_root = torch.tensor([[2.0, 1.0], [0.0, 0.5]], dtype=torch.float64)
    second_root = torch.tensor([[0.3, -1.0], [1.0, 1.5]], dtype=torch.float64)
    first_cov, second_cov = first_root.T @ first_root, second_root.T @ second_root
    product = first_cov @ second_cov
    root_trace = (product.trace() + 2 * product.det().sqrt()).sqrt()
    expected = float(first_cov.trace() + second_cov.trace() - 2 * root_trace)
    first, second = standardized(30, 2, 1) @ first_root, standardized(40, 2, 2) @ second_root
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_singular_covariances_on_different_axes() -> None:
    # One varies along the first axis only, the other along the second: nothing is shared.
    base = standardized(20, 1)
    zeros = torch.zeros_like(base)
    first, second = torch.cat([2 * base, zeros, zeros], 1), torch.cat([zeros, 3 * base, zeros], 1)
    assert frechet_distance(first, second) == pytest.approx(4 + 9, rel=1e-9)
    assert frechet_distance(first, 3 * first) == pytest.approx(4 * (3 - 1) ** 2, rel=1e-9)


def test_fewer_rows_than_columns() -> None:
    first = normal(5, 40, 0)
    assert frechet_distance(first, first) == pytest.approx(0.0, abs=1e-9)
    shift = torch.arange(40) / 10
    assert frechet_distance(first, first + shift) == pytest.approx(
        float(shift.double().square().sum()), rel=1e-9
    )


def test_equals_torchmetrics_with_the_same_features() -> None:
    fid = pytest.importorskip("torchmetrics.image.fid")
    first, second = torch.rand(60, 1, 3, 4), torch.rand(80, 1, 3, 4).square()
    metric = fid.FrechetInceptionDistance(
        nn.Flatten(), normalize=True, input_img_size=(1, 3, 4)
    ).set_dtype(torch.float64)
    metric.update(first.double(), real=True)
    metric.update(second.double(), real=False)
    assert frechet_distance(first.flatten(1), second.flatten(1)) == pytest.approx(
        float(metric.compute()), rel=1e-6
    )


@settings(max_examples=settings().max_examples // 3)
@given(
    n=st.integers(2, 12),
    m=st.integers(2, 12),
    d=st.integers(1, 8),
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_is_symmetric_not_negative_and_blind_to_order_and_rotation(
    n: int, m: int, d: int, seed: int, scale: float
) -> None:
    first, second = scale * normal(n, d, seed), scale * (normal(m, d, seed + 1) + 1)
    distance = frechet_distance(first, second)
    near = pytest.approx(distance, rel=1e-6, abs=1e-9 * scale**2)
    assert distance >= 0
    assert frechet_distance(second, first) == near
    assert frechet_distance(first.flip(0), second) == near
    rotation = torch.linalg.qr(normal(d, d, seed + 2)).Q
    assert frechet_distance(first @ rotation, second @ rotation) == near
    assert frechet_distance(first, first) <= 1e-9 * scale**2 * d


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (torch.ones(4, 3), torch.ones(4, 2), "first features have 3 columns and second 2"),
        (torch.ones(4), torch.ones(4, 2), "first features are \\(4,\\) of torch.float32"),
        (torch.ones(4, 2), torch.ones(4, 2, dtype=torch.long), "second .* of torch.int64"),
        (torch.ones(1, 2), torch.ones(4, 2), "first features are 1 x 2; give at least 2 rows"),
        (torch.ones(4, 2), torch.full((4, 2), torch.nan), "second .* not finite"),
    ],
)
def test_features_that_cannot_be_used(first: Tensor, second: Tensor, message: str) -> None:
    with pytest.raises(InputError, match=message):
        frechet_distance(first, second)
