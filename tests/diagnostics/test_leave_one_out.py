"""The closed form against fits that really leave one out."""

import pytest
import torch
from torch import Tensor

from latentbo.chemistry import descriptor_matrix
from latentbo.diagnostics.leave_one_out import LEAST, LeaveOneOut, leave_one_out
from latentbo.surrogates import Bounds, TanimotoGPConfig, repeats_of
from latentbo.surrogates.tanimoto_kernel import add_noise, covariance

CONFIG = TanimotoGPConfig()


def property_of(strings: list[str]) -> Tensor:
    descriptors = descriptor_matrix(strings)
    return 5 + descriptors[:, 1] + 0.05 * descriptors[:, 2]


@pytest.mark.parametrize("is_repeated", [False, True])
def test_the_closed_form_is_that_of_leaving_out(molecules: list[str], is_repeated: bool) -> None:
    values = property_of(molecules)
    measured = [[float(value), float(value) + 0.5] for value in values]
    repeats = repeats_of(measured) if is_repeated else None
    found, surrogate = leave_one_out(molecules, values, CONFIG, 0, repeats) or (None, None)
    assert found is not None
    assert surrogate is not None
    ordered = [molecules[row] for row in surrogate.rows.tolist()]
    features = surrogate.featurizer.features(ordered)
    kernel = covariance(*surrogate.data.relations_among(features), surrogate.fitted)
    rows = None if repeats is None else repeats.rows(surrogate.rows)
    noisy = add_noise(kernel.clone(), surrogate.fitted, rows)
    targets = (values[surrogate.rows] - surrogate.center) / surrogate.unit
    for left in (0, 7, len(ordered) - 1):
        others = [row for row in range(len(ordered)) if row != left]
        weights = torch.linalg.solve(noisy[others][:, others], kernel[others, left])
        mean = surrogate.center + surrogate.unit * float(weights @ targets[others])
        variance = noisy[left, left] - weights @ kernel[others, left]
        assert float(found.predicted[left]) == pytest.approx(mean, rel=1e-6)
        expected = surrogate.unit * float(variance.sqrt())
        assert float(found.deviation[left]) == pytest.approx(expected, rel=1e-6)


def test_a_smooth_property_is_predicted_and_noise_is_not(molecules: list[str]) -> None:
    smooth, _ = leave_one_out(molecules, property_of(molecules), CONFIG, 0) or (None, None)
    assert smooth is not None
    assert smooth.r_squared > 0.5
    assert smooth.warning == ""
    assert smooth.spearman > 0.7
    assert "R² " in smooth.line
    torch.manual_seed(1)
    noise, _ = leave_one_out(molecules, torch.randn(len(molecules)).double(), CONFIG, 0) or (0, 0)
    assert isinstance(noise, LeaveOneOut)
    assert noise.r_squared < 0.3


def test_the_measures_of_made_up_predictions() -> None:
    measured = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]).double()
    deviation = torch.full_like(measured, 0.5)
    names = list("abcde")
    perfect = LeaveOneOut(names, measured, measured.clone(), deviation, 0.1)
    assert (perfect.rmse, perfect.r_squared, perfect.inside) == (0.0, 1.0, 1.0)
    assert perfect.spearman == pytest.approx(1.0)
    others = (measured.sum() - measured) / 4
    mean = LeaveOneOut(names, measured, others, deviation, 0.1)
    assert mean.r_squared == pytest.approx(0.0)
    assert mean.inside == pytest.approx(0.2)
    worse = LeaveOneOut(names, measured, measured.flip(0), deviation, 0.1)
    assert worse.r_squared < 0
    assert "no better than their mean" in worse.warning
    constant = LeaveOneOut(names, measured, torch.ones(5).double(), deviation, 0.1)
    assert constant.spearman == 0.0


def test_few_values_say_nothing_and_bounds_are_not_predicted(molecules: list[str]) -> None:
    few = molecules[: LEAST - 1]
    assert leave_one_out(few, property_of(few), CONFIG, 0) is None
    some = molecules[:12]
    bounds = Bounds(molecules[12:14], torch.tensor([9.0, 1.0]).double(), torch.tensor([1.0, -1.0]))
    found, _ = leave_one_out(some, property_of(some), CONFIG, 0, None, bounds) or (None, None)
    assert found is not None
    assert set(found.strings) == set(some)
    assert len(found.predicted) == len(found.deviation) == 12
