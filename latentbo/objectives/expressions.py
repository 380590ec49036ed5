"""How well an expression fits the target curve of the grammar-VAE literature.

The error is `log(1 + mean(min((f(x) - y(x))^2, 1000)))` over 1,000 points x from -10 to 10, with
`y(x) = 1/3 + x + sin(x * x)`. Papers minimise it; the objective `target-fit` is its negative, 0 at
best.

References:
    Kusner et al., "Grammar Variational Autoencoder", ICML 2017.
"""

import math

import numpy as np

from latentbo.objectives.arithmetic import evaluate_expression

__all__ = ["POINTS", "TARGET", "TARGET_EXPRESSION", "fit_error", "target_fit"]

LARGEST_ERROR = 1000.0
POINTS = np.linspace(-10.0, 10.0, 1000)
TARGET_EXPRESSION = "1/3+x+sin(x*x)"
TARGET = 1 / 3 + POINTS + np.sin(POINTS * POINTS)


def fit_error(expression: str) -> float:
    """Return the error of an expression, from 0 to log(1001); the latter also if undefined at an x.

    Raises:
        ParseError: If the string is no arithmetic expression.
    """
    with np.errstate(all="ignore"):
        squares = (evaluate_expression(expression, POINTS) - TARGET) ** 2
    error = math.log1p(float(np.minimum(squares, LARGEST_ERROR).mean()))
    return error if math.isfinite(error) else math.log1p(LARGEST_ERROR)


def target_fit(expression: str) -> float:
    """Return the negative error, from -log(1001) to 0; see `fit_error`.

    Raises:
        ParseError: If the string is no arithmetic expression.
    """
    return 0.0 - fit_error(expression)  # 0, and not -0, at best
