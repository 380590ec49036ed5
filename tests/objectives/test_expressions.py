import math

import numpy as np
import pytest

from latentbo.errors import InputError
from latentbo.objectives import fit_error, load_objective, target_fit
from latentbo.objectives.expressions import POINTS, TARGET, TARGET_EXPRESSION, curve_identity

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
