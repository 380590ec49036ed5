"""The value of an arithmetic expression at many points at once, folded over its parse tree.

The grammar below is this module's own and gives every expression its usual meaning: a product
binds tighter than a sum, operators of one rank work from left to right. The expression grammar of
the grammar VAE (`grammars/expressions.cfg`) says less: its tree of `1 / 3 + x * x` is flat, one
operator after the other. Published scores read the string by the usual precedence along each such
chain, and so do we: strings are parsed with the grammar below, whatever grammar or characters they
were made from. What a user's grammar adds to the published one (`-`, `cos(`, `log(`, `sqrt(`,
numbers of any size) is understood, too.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentbo.parsing import Grammar, Parser, Production, parser_for

ARITHMETIC = """
sum -> sum '+' product | sum '-' product | product
product -> product '*' factor | product '/' factor | factor
factor -> '(' sum ')' | 'sin(' sum ')' | 'cos(' sum ')' | 'exp(' sum ')' | 'log(' sum ')'
factor -> 'sqrt(' sum ')' | '-' factor | 'x' | number
number -> number digit | digit
digit -> '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
"""

Values = NDArray[np.float64] | np.float64

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "sin(": np.sin,
    "cos(": np.cos,
    "exp(": np.exp,
    "log(": np.log,
    "sqrt(": np.sqrt,
    "-": np.negative,
}


@cache
def arithmetic_parser() -> Parser:
    """Return the parser of `ARITHMETIC`."""
    return parser_for(Grammar.from_text(ARITHMETIC, "the grammar of arithmetic expressions"))


def num_symbols(expression: str) -> int:
    """Return the number of symbols of an expression; `sin(` is one, and so is a digit.

    Raises:
        ParseError: If it holds anything else.
    """
    return len(arithmetic_parser().tokenize(expression))


def evaluate_expression(expression: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of an expression of `x`, as NumPy computes them.

    Values that no double can hold become infinite, undefined ones NaN, without a warning.

    Args:
        expression: Such as `1/3+x+sin(x*x)`, without blanks.
        x: An array of points.

    Returns:
        An array of the shape of `x`.

    Raises:
        ParseError: If the string is no arithmetic expression; says where, and what may stand there.
    """
    parser = arithmetic_parser()
    operations = _operations(parser)
    stack: list[Values] = []
    with np.errstate(all="ignore"):
        # Backwards through the productions in pre-order, the values of a production's non-terminals
        # are ready when it comes, the first one on top.
        for production in reversed(parser.parse(expression)):
            operation = operations[production]
            if operation is not None:
                operation(stack, x)
    return np.broadcast_to(np.asarray(stack.pop(), dtype=np.float64), x.shape)


Operation = Callable[[list[Values], NDArray[np.float64]], None]


@cache
def _operations(parser: Parser) -> tuple[Operation | None, ...]:
    """Return what each production does to the stack; None where it only passes a value on."""
    return tuple(_operation(production) for production in parser.grammar.productions)


def _operation(production: Production) -> Operation | None:
    names = [symbol.name for symbol in production.rhs if symbol.is_terminal]
    arity = len(production.rhs) - len(names)
    if production.lhs == "number":
        return _append_digit if arity == 2 else None
    if arity == 2:
        return _binary(BINARY[names[0]])
    if arity == 1:
        return _unary(UNARY[names[0]]) if names and names[0] in UNARY else None
    return _point if names == ["x"] else _digit(np.float64(names[0]))


def _binary(function: Callable[[Any, Any], Any]) -> Operation:
    def apply(stack: list[Values], x: NDArray[np.float64]) -> None:
        left = stack.pop()
        stack.append(function(left, stack.pop()))

    return apply


def _unary(function: Callable[[Any], Any]) -> Operation:
    def apply(stack: list[Values], x: NDArray[np.float64]) -> None:
        stack.append(function(stack.pop()))

    return apply


def _digit(value: np.float64) -> Operation:
    def apply(stack: list[Values], x: NDArray[np.float64]) -> None:
        stack.append(value)

    return apply


def _append_digit(stack: list[Values], x: NDArray[np.float64]) -> None:
    number = stack.pop()
    stack.append(10.0 * number + stack.pop())


def _point(stack: list[Values], x: NDArray[np.float64]) -> None:
    stack.append(x)
