import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.surrogates import standardized_targets, winsorized


@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30),
    unit=st.sampled_from([1e-200, 1e-9, 1.0, 1e9, 1e145]),
)
def test_targets_are_standardized_and_can_be_undone(values: list[float], unit: float) -> None:
    tensor = unit * torch.tensor(values, dtype=torch.float64)
    targets, center, scale = standardized_targets(tensor)
    undone = center + scale * targets
    tolerance = 1e-9 * float(tensor.abs().max()) + 1e-300
    torch.testing.assert_close(undone, winsorized(tensor), rtol=0, atol=tolerance)
    assert float(targets.mean()) == pytest.approx(0, abs=1e-2)
    if targets.any():
        assert float(targets.square().mean()) == pytest.approx(1)


@pytest.mark.parametrize("value", [0.0, -7.25, 1e-300, 1e300])
def test_constant_values_are_zero_targets(value: float) -> None:
    values = torch.full((5,), value, dtype=torch.float64)
    targets, center, unit = standardized_targets(values)
    assert targets.tolist() == [0] * 5
    assert unit == 1
    assert center == pytest.approx(min(value, 1e150))


def test_values_far_below_are_raised_and_order_is_kept() -> None:
    values = torch.tensor([0.0, 1, 2, 3, 4, 1e6, -1e6, -1e7], dtype=torch.float64)
    raised = winsorized(values)
    # Median 1, absolute deviations from it 0 1 1 2 3 and three huge ones: their lower median is 2.
    assert raised.tolist() == [0, 1, 2, 3, 4, 1e6, *[1 - 3 * 1.4826 * 2] * 2]


def test_most_equal_values_are_left_alone() -> None:
    values = torch.tensor([0.0, 0, 0, -5, 7])
    assert torch.equal(winsorized(values), values)
