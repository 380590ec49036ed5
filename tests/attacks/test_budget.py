import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch import Tensor

from latentbo.attacks import NORMS, UNLIMITED, Budget
from latentbo.errors import ConfigurationError

SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(1, 6), st.integers(1, 6))
RADII = st.floats(1e-9, 50) | st.sampled_from([0.1, 0.3, 1.0, 8 / 255])


def draw(shape: tuple[int, ...], seed: int, scale: float, dtype: torch.dtype) -> tuple[Tensor, ...]:
    source = torch.Generator().manual_seed(seed)
    # Many values are exactly 0 or 1.
    inputs = (2 * torch.rand(shape, generator=source, dtype=dtype) - 0.5).clamp(0, 1)
    return inputs, inputs + scale * torch.randn(shape, generator=source, dtype=dtype)


@given(
    shape=SHAPES,
    seed=st.integers(0, 10**6),
    radius=RADII,
    scale=st.floats(0, 1e4),
    norm=st.sampled_from(NORMS),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_bound_and_range_hold_exactly(
    shape: tuple[int, ...], seed: int, radius: float, scale: float, norm: str, dtype: torch.dtype
) -> None:
    inputs, perturbed = draw(shape, seed, scale, dtype)
    budget = Budget(radius, norm)
    found = budget.confine(inputs, perturbed)
    assert found.dtype == dtype
    assert bool(((found >= 0) & (found <= 1)).all())
    differences = found.numpy().astype(np.float64) - inputs.numpy().astype(np.float64)
    for difference in differences:
        length = np.abs(difference).max() if norm == "maximum" else np.sqrt((difference**2).sum())
        assert length <= radius * (1 + 1e-15)
    assert bool((budget.norms(inputs, found) <= radius).all())


@settings(max_examples=settings().max_examples // 2)
@given(seed=st.integers(0, 10**6), radius=RADII, norm=st.sampled_from(NORMS))
def test_random_starts_are_within(seed: int, radius: float, norm: str) -> None:
    inputs, _ = draw((3, 1, 4, 4), seed, 0, torch.float64)
    budget = Budget(radius, norm)
    start = budget.start(inputs, torch.Generator().manual_seed(seed))
    assert bool(((start >= 0) & (start <= 1)).all())
    assert bool((budget.norms(inputs, start) <= radius + 1e-15).all())
    assert not torch.equal(start, inputs)


@pytest.mark.parametrize("radius", [0.05, 0.3, 0.8, 5.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_projection_is_the_nearest_point(radius: float, seed: int) -> None:
    inputs, perturbed = draw((1, 6), seed, 1.0, torch.float64)
    found = Budget(radius).project(inputs, perturbed)[0].numpy()
    clean, wanted = inputs[0].numpy(), perturbed[0].numpy()
    best = minimize(
        lambda x: ((x - wanted) ** 2).sum(),
        clean,
        jac=lambda x: 2 * (x - wanted),
        method="SLSQP",
        bounds=[(0, 1)] * 6,
        constraints={"type": "ineq", "fun": lambda x: radius**2 - ((x - clean) ** 2).sum()},
        options={"ftol": 1e-14, "maxiter": 500},
    ).x
    np.testing.assert_allclose(found, best, atol=1e-5)


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_within_stays(norm: str) -> None:
    inputs = torch.full((2, 3), 0.5)
    perturbed = torch.tensor([[0.5, 0.55, 0.45], [0.5, 0.5, 0.5]])
    torch.testing.assert_close(Budget(0.1, norm).confine(inputs, perturbed), perturbed)


def test_the_whole_radius_is_used() -> None:
    # Radial projection and clipping alone would stop at 0.1 sqrt(2) or less here.
    inputs, perturbed = torch.tensor([[0.0, 0.5]]), torch.tensor([[-1.0, 1.5]])
    found = Budget(0.2).confine(inputs, perturbed)
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.7]]))


def test_each_input_on_its_own() -> None:
    inputs, perturbed = draw((4, 1, 3, 3), 0, 1.0, torch.float32)
    alone = [Budget(0.7).confine(x[None], y[None]) for x, y in zip(inputs, perturbed, strict=True)]
    torch.testing.assert_close(Budget(0.7).confine(inputs, perturbed), torch.cat(alone))


@pytest.mark.parametrize("radius", [0.0, -1.0, float("inf"), float("nan")])
def test_radius(radius: float) -> None:
    with pytest.raises(ConfigurationError, match="positive and finite"):
        Budget(radius)


def test_norm() -> None:
    with pytest.raises(ConfigurationError, match="'l1' of a budget; choose one of euclidean, max"):
        Budget(1.0, "l1")


def test_inputs_without_limits_have_the_ball_alone() -> None:
    """Of embeddings: no value is clipped, and nothing becomes infinity times zero."""
    inputs, step = 5 * torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(0))
    for norm in NORMS:
        budget = Budget(0.3, norm, UNLIMITED)
        found = budget.project(inputs, inputs + step)
        moved = (
            step.clamp(-0.3, 0.3) if norm == "maximum" else 0.3 * step / step.norm(dim=1)[:, None]
        )
        torch.testing.assert_close(found - inputs, moved, rtol=0, atol=1e-5)
        start = budget.start(inputs, torch.Generator().manual_seed(0))
        assert bool((budget.norms(inputs, start) <= 0.3 + 1e-6).all())
        assert float(start.min()) < 0 < 1 < float(start.max())


def test_limits_other_than_those_of_images_hold() -> None:
    inputs, step = torch.zeros(1, 3), torch.tensor([[-1.0, 0.05, 1.0]])
    found = Budget(0.5, "maximum", (-0.1, 0.2)).project(inputs, inputs + step)
    torch.testing.assert_close(found, torch.tensor([[-0.1, 0.05, 0.2]]))
    with pytest.raises(ConfigurationError, match=r"least and a larger value, got \(1\.0, 1\.0\)"):
        Budget(0.5, "maximum", (1.0, 1.0))
