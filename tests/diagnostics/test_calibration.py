import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.diagnostics import (
    Calibration,
    calibrate,
    coverage,
    rank_correlation,
)


def test_coverage_of_calibrated_predictions_is_the_level() -> None:
    generator = torch.Generator().manual_seed(0)
    means = torch.randn(20_000, generator=generator).double()
    deviations = torch.rand(20_000, generator=generator).double() + 0.1
    values = means + deviations * torch.randn(20_000, generator=generator)
    for level in (0.1, 0.5, 0.9, 0.99):
        assert coverage(means, deviations, values, level) == pytest.approx(level, abs=0.012)


@settings(max_examples=settings().max_examples // 3)
@given(st.floats(0.2, 5.0), st.floats(0.05, 0.95))
def test_coverage_grows_with_the_level_and_the_deviation(factor: float, level: float) -> None:
    values = torch.randn(500, generator=torch.Generator().manual_seed(0)).double()
    means, ones = torch.zeros(500).double(), torch.ones(500).double()
    covered = coverage(means, factor * ones, values, level)
    assert covered <= coverage(means, factor * ones, values, level + 0.04)
    assert covered <= coverage(means, 1.1 * factor * ones, values, level)


def test_rank_correlation_of_a_constant_is_none() -> None:
    rising = torch.arange(5.0)
    assert rank_correlation(rising, rising.exp()) == pytest.approx(1.0)
    assert rank_correlation(rising, -rising) == pytest.approx(-1.0)
    assert rank_correlation(rising, torch.ones(5)) == 0.0
    assert rank_correlation(torch.ones(5), rising) == 0.0
    assert rank_correlation(rising[:1], rising[:1]) == 0.0


def test_a_smooth_function_is_predicted_and_calibrated() -> None:
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(300, 2, generator=generator)
    noise = 0.3 * torch.randn(300, generator=generator)
    values = (10 * (codes.sum(1).sin() + noise) + 100).double()
    found = calibrate(codes[:200], values[:200], codes[200:], values[200:])
    assert found.num_train == 200
    assert found.rank_correlation > 0.8
    # The noise is 0.3 of a function whose values have a deviation of about 0.8.
    assert 0.3 < found.relative_rmse < 0.55
    assert found.coverage(0.9) == pytest.approx(0.9, abs=0.09)
    assert found.coverage(0.5) == pytest.approx(0.5, abs=0.15)
    assert found.to_json()["coverage"] == {"0.5": found.coverage(0.5), "0.9": found.coverage(0.9)}


def test_the_mean_is_as_far_off_as_one_deviation() -> None:
    values = torch.tensor([1.0, 2.0, 6.0]).double()
    constant = Calibration(5, torch.full((3,), 3.0).double(), torch.ones(3).double(), values)
    assert constant.relative_rmse == pytest.approx(1.0)


def test_noise_is_not_predicted() -> None:
    generator = torch.Generator().manual_seed(1)
    codes, values = torch.randn(300, 2, generator=generator), torch.randn(300, generator=generator)
    found = calibrate(codes[:150], values[:150].double(), codes[150:], values[150:].double())
    assert abs(found.rank_correlation) < 0.25
    assert found.relative_rmse == pytest.approx(1.0, abs=0.2)
