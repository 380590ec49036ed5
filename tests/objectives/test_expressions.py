import math

import numpy as np
import pytest
import torch

from latentbo.errors import InputError
from latentbo.objectives import fit_error, load_objective, target_fit
from latentbo.objectives.expressions import (
    POINTS,
    TARGET,
    TARGET_EXPRESSION,
    curve_identity,
    curve_values,
)

LARGEST = math.log(1001)


def published(expression: str) -> float:
    """The score as the grammar VAE's code computes it."""
    with np.errstate(all="ignore"):
        value = eval(expression, {"sin": np.sin, "exp": np.exp, "x": POINTS})
        score = np.log(1 + np.mean(np.minimum((np.asarray(value) - TARGET) ** 2, 1000)))
    return float(score) if np.isfinite(score) else LARGEST


def test_the_points_are_those_of_the_literature() -> None:
    assert POINTS.shape == (1000,)
    assert (POINTS[0], POINTS[-1]) == (-10.0, 10.0)
    np.testing.assert_allclose(TARGET, 1 / 3 + POINTS + np.sin(POINTS**2))


@pytest.mark.parametrize("expression", [TARGET_EXPRESSION, "1/3+(x)+sin(x*x)"])
def test_the_target_itself_is_best(expression: str) -> None:
    assert fit_error(expression) == 0.0
    assert math.copysign(1.0, target_fit(expression)) == 1.0  # shown as 0, not -0


@pytest.mark.parametrize(
    "expression",
    ["x", "x+1/3", "3", "sin(x)*x+1/2", "x/(3+x)*x", "exp(x)", "exp(exp(x))", "x+sin(x*x)", "1/x"],
)
def test_errors_are_the_published_ones(expression: str) -> None:
    assert fit_error(expression) == pytest.approx(published(expression), rel=1e-12)
    assert target_fit(expression) == -fit_error(expression)


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("exp(exp(exp(x)))/exp(exp(exp(x)))", LARGEST),  # undefined
        ("log(x)", LARGEST),
        ("sqrt(x)", LARGEST),
        ("exp(9*9)", LARGEST),  # everywhere too far away
        ("x/(x-x)", LARGEST),
        ("9" * 400, LARGEST),  # no double
    ],
)
def test_what_is_not_finite_or_far_away_has_the_largest_error(
    expression: str, error: float
) -> None:
    assert fit_error(expression) == pytest.approx(error, rel=1e-12)


def test_the_objective_is_maximised_and_named() -> None:
    objective = load_objective("target-fit")
    assert objective.task == "expressions"
    assert "negative" in objective.description
    assert objective(TARGET_EXPRESSION) > objective("x+1/3") > objective("exp(x)")


def test_what_is_no_expression_is_an_error() -> None:
    with pytest.raises(InputError, match="unexpected 'c' at"):
        target_fit("c1ccccc1")


@pytest.mark.parametrize(
    ("one", "other"),
    [("x", "x*1"), ("1/3+x", "x+(1/3)"), ("2+1", "3"), ("x*(1+2)", "x+x+x"), ("1/(x/x)", "1")],
)
def test_two_forms_of_one_function_have_one_identity(one: str, other: str) -> None:
    assert curve_identity(one) == curve_identity(other)
    assert target_fit(one) == pytest.approx(target_fit(other), rel=1e-12)


def test_functions_are_not_confused() -> None:
    others = ["x", "x+1", "sin(x)", "sin(x*x)", "x/3", "1/3", "exp(x)", "exp(exp(x))", "exp(x)+1"]
    assert len({curve_identity(expression) for expression in others}) == len(others)


def test_descriptors_are_the_curve_at_some_points() -> None:
    expressions = ["x", "1/3+x+sin(x*x)", "3", "x/(3+x)*x", "sin(x)"]
    values = curve_values(expressions)
    assert values.shape == (5, 32)
    assert values.dtype == torch.float64
    # 10 times the row of x are the points themselves: some of the thousand, from end to end.
    points = 10.0 * values[0].numpy()
    assert np.isclose(points[:, None], POINTS).any(1).all()
    assert np.ptp(points) > 18.0
    for expression, row in zip(expressions, values, strict=True):
        expected = eval(expression, {"sin": np.sin, "x": points}) + np.zeros(32)
        np.testing.assert_allclose(10.0 * row.numpy(), expected.clip(-30, 30), rtol=1e-9)


def test_descriptors_know_nothing_of_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    expressions = ["x+1", "exp(x)", "x/(x-x)"]
    before = curve_values(expressions)
    monkeypatch.setattr("latentbo.objectives.expressions.TARGET", np.full(1000, np.nan))
    monkeypatch.setattr("latentbo.objectives.expressions.TARGET_EXPRESSION", "0")
    assert torch.equal(curve_values(expressions), before)
    # A row depends on its own expression alone, and on the function rather than on its form.
    assert torch.equal(curve_values(["exp(x)"]), before[1:2])
    assert torch.equal(curve_values(expressions[::-1]), before.flip(0))
    torch.testing.assert_close(curve_values(["1+x*1"])[0], before[0])
    assert not torch.allclose(curve_values(["x+2"])[0], before[0])


def test_descriptors_are_cut_off_and_always_numbers() -> None:
    rows = curve_values(["exp(exp(x))", "0-exp(exp(x))", "0/(x-x)", "log(x)", "1/(x-x)", "9" * 400])
    assert rows.isfinite().all()
    assert rows.abs().max() == 3.0
    assert rows[0].max() == -rows[1].min() == 3.0
    assert rows[0].min() < 0.2
    assert (rows[[2, 4, 5]] == 3.0).all()  # undefined and infinite: too large
    undefined = POINTS[15::31] < 0
    assert (rows[3][undefined] == 3.0).all()
    assert (rows[3][~undefined] < 0.24).all()  # log(10) in units of 10
    assert curve_values([]).shape == (0, 32)
    with pytest.raises(InputError, match="unexpected 'c' at"):
        curve_values(["x", "c1ccccc1"])


def test_another_target_has_its_own_error() -> None:
    other = "x/2+3*sin(x+x)"
    assert fit_error(other, other) == 0.0
    assert fit_error(other) == pytest.approx(fit_error(TARGET_EXPRESSION, other))
    assert fit_error(TARGET_EXPRESSION, TARGET_EXPRESSION) == 0.0
