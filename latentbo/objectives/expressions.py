"""The fit of an expression to the target curve of the grammar-VAE literature.

The error is `log(1 + mean(min((f(x) - y(x))^2, 1000)))` over 1,000 points x from -10 to 10, with
`y(x) = 1/3 + x + sin(x * x)`. Papers minimise it; the objective `target-fit` is its negative, 0 at
best.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from latentbo.objectives.arithmetic import evaluate_expression

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_ERROR = 1000.0
POINTS = np.linspace(-10.0, 10.0, 1000)
TARGET_EXPRESSION = "1/3+x+sin(x*x)"
_SOME_POINTS = POINTS[::13]
_FEW_POINTS = POINTS[15::31]
# Beyond this a curve is only "far away" to the surrogate.
_LARGEST_VALUE = 30.0
TARGET = 1 / 3 + POINTS + np.sin(POINTS * POINTS)


def fit_error(expression: str, target: str = TARGET_EXPRESSION) -> float:
    """Return the error of an expression, from 0 to log(1001); the latter also if undefined at an x.

    Args:
        expression: The expression.
        target: Another one, whose curve it should have; defined at all points.

    Raises:
        ParseError: If a string is no arithmetic expression.
    """
    with np.errstate(all="ignore"):
        squares = (evaluate_expression(expression, POINTS) - _target_curve(target)) ** 2
    error = math.log1p(float(np.minimum(squares, LARGEST_ERROR).mean()))
    return error if math.isfinite(error) else math.log1p(LARGEST_ERROR)


@cache
def _target_curve(target: str) -> "np.ndarray[Any, Any]":
    return TARGET if target == TARGET_EXPRESSION else evaluate_expression(target, POINTS)


def target_fit(expression: str) -> float:
    """Return the negative error, from -log(1001) to 0; see `fit_error`.

    Raises:
        ParseError: If the string is no arithmetic expression.
    """
    return 0.0 - fit_error(expression)  # 0, and not -0, at best


def curve_identity(expression: str) -> bytes:
    """Return the expression's values at some of the points, rounded: the same for `x*1` and `x`.

    It knows nothing of the target. Rounding may tell two forms of one function apart, which costs a
    call; it does not confuse two functions that differ by more than a millionth.

    Raises:
        ParseError: If the string is no arithmetic expression.
    """
    with np.errstate(all="ignore"):
        values = evaluate_expression(expression, _SOME_POINTS)
        rounded = np.round(np.broadcast_to(values, _SOME_POINTS.shape), 6) + 0.0  # no minus zero
    return rounded.astype(np.float64).tobytes()


def curve_values(expressions: Sequence[str]) -> "Tensor":
    """Return what expressions are at 32 of the points: descriptors that know nothing of the target.

    Args:
        expressions: n strings.

    Returns:
        An `n x 32`-dim double tensor: values in units of 10, cut off at 30; an undefined value
        counts as too large.

    Raises:
        ParseError: If a string is no arithmetic expression.
    """
    import torch  # noqa: PLC0415  (workers that only score do without)

    rows = np.empty((len(expressions), len(_FEW_POINTS)))
    with np.errstate(all="ignore"):
        for row, expression in zip(rows, expressions, strict=True):
            row[:] = evaluate_expression(expression, _FEW_POINTS)
    limited = np.nan_to_num(rows, nan=_LARGEST_VALUE, posinf=_LARGEST_VALUE, neginf=-_LARGEST_VALUE)
    return torch.from_numpy(limited.clip(-_LARGEST_VALUE, _LARGEST_VALUE) / 10.0)
