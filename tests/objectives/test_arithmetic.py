"""Reference values are Python's own: `eval` reads these strings as published scores did."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentbo.objectives.arithmetic import evaluate_expression, num_symbols
from latentbo.parsing import ParseError

X = np.linspace(-10.0, 10.0, 41)
NAMES = {name: getattr(np, name) for name in ("sin", "cos", "exp", "log", "sqrt")}


def reference(expression: str) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        value = eval(expression, {"__builtins__": {}}, {**NAMES, "x": X})
    return np.broadcast_to(np.asarray(value, dtype=np.float64), X.shape)


def expressions() -> st.SearchStrategy[str]:
    """Expressions of all that is understood."""
    numbers = st.integers(0, 10**12).map(str)
    operands = st.one_of(st.just("x"), numbers)

    def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        called = st.builds("{}({})".format, st.sampled_from(["", "-", *NAMES]), smaller)
        chains = st.lists(st.tuples(st.sampled_from("+-*/"), smaller), min_size=1, max_size=3)
        chained = st.builds(
            lambda first, rest: first + "".join(sign + operand for sign, operand in rest),
            smaller,
            chains,
        )
        return st.one_of(called, chained)

    return st.recursive(operands, larger, max_leaves=8)


def with_floats(expression: str) -> str:
    """The same expression whose division by 0 is NumPy's: Python's raises."""
    return re.sub(r"\d+", r"array(\g<0>.0)", expression)


@pytest.mark.parametrize(
    "expression",
    [
        "x",
        "3",
        "1/3+x+sin(x*x)",
        "1+2*3",
        "2*3+1",
        "1/2/3",
        "1/2*3",
        "x*x+x*x/3",
        "8-3-2",
        "8-3*2-1",
        "-x*2",
        "2*-x",
        "-(x+1)",
        "(1+2)*3",
        "((x))",
        "exp(x/3)/2",
        "exp(exp(x))",
        "sqrt(x)",
        "log(x)+cos(2*x)",
        "exp(exp(x))/exp(exp(x))",
        "120+x*207",
        "x/(x-x)",
    ],
)
def test_values_are_those_of_the_usual_precedence(expression: str) -> None:
    found = evaluate_expression(expression, X)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, reference(expression))


@given(expressions())
def test_any_expression_has_the_value_python_gives_it(expression: str) -> None:
    with np.errstate(all="ignore"):
        value = eval(with_floats(expression), {"array": np.float64, **NAMES, "x": X})
    expected = np.broadcast_to(np.asarray(value, dtype=np.float64), X.shape)
    np.testing.assert_array_equal(evaluate_expression(expression, X), expected)


def test_lines_of_the_published_grammar() -> None:
    for expression in (
        "x+x+(x)+(x+x)",
        "sin(x)*exp(3)/x+2*x",
        "1+exp(sin(x)/2)*3+x",
        "x*2+1/(x+3)*2/exp(1)",
        "3/x*x/2+sin(exp(2*x))",
    ):
        np.testing.assert_array_equal(evaluate_expression(expression, X), reference(expression))


def test_the_shape_is_that_of_the_points() -> None:
    grid = np.arange(6.0).reshape(2, 3)
    assert evaluate_expression("x*2", grid).tolist() == (grid * 2).tolist()
    assert evaluate_expression("7", grid).tolist() == np.full((2, 3), 7.0).tolist()


def test_the_deepest_expression_is_no_recursion() -> None:
    depth = 5000
    found = evaluate_expression("(" * depth + "x" + ")" * depth + "+1" * depth, X)
    np.testing.assert_allclose(found, X + depth)


@pytest.mark.parametrize(
    ("expression", "caret"),
    [
        ("", 0),
        ("1/3+tan(x)", 4),
        ("1+", 2),
        ("x x", 1),
        ("x**2", 2),
        ("y", 0),
        ("sin(x", 5),
        ("1.5", 1),
        ("__import__('os')", 0),
        ("x;x", 1),
    ],
)
def test_anything_else_is_a_clear_error(expression: str, caret: int) -> None:
    with pytest.raises(ParseError) as caught:
        evaluate_expression(expression, X)
    assert caught.value.position == caret
    if caret == 0:
        assert {"x", "sin(", "cos(", "log(", "sqrt(", "(", "-", "7"} <= set(caught.value.expected)


def test_symbols_are_counted() -> None:
    assert num_symbols("x") == 1
    assert num_symbols("1/3+x+sin(x*x)") == 11
    with pytest.raises(ParseError):
        num_symbols("CCO")
