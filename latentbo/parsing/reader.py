"""Read productions from text in nltk's CFG syntax."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from latentbo.parsing.errors import GrammarError
from latentbo.parsing.productions import Production, Symbol

_NONTERMINAL = re.compile(r"[\w/][\w/^<>-]*")
_PART = re.compile(
    r"""(?P<nonterminal> [\w/][\w/^<>-]*) | (?P<bar> \|)
    | "(?P<double> [^"]*)" | '(?P<single> [^']*)'""",
    re.VERBOSE,
)
_SYNTAX = "write LEFT -> RIGHT | RIGHT with terminals in quotes, as in S -> S '+' T | T"


class Rule(NamedTuple):
    """A production and the number of its line in the text."""

    production: Production
    line: int


def read(text: str, source: str) -> tuple[str, list[Rule]]:
    """Read a grammar in nltk's CFG syntax.

    One rule per line (or more lines, each but the last ending with a backslash), alternatives
    divided by `|`; lines that begin with `#` are comments. `%start NAME` names the start symbol, by
    default the left-hand side of the first rule.

    Args:
        text: The grammar.
        source: Name of the grammar for messages.

    Returns:
        The start symbol, and the productions in the order of the text.

    Raises:
        GrammarError: If a line is not a rule, or there is none.
    """
    start = None
    rules: list[Rule] = []
    for number, line in _logical_lines(text):
        place = f"{source}, line {number}"
        if line.startswith("%"):
            start = _start(line, place)
        else:
            rules += [Rule(production, number) for production in _productions(line, place)]
    if not rules:
        raise GrammarError(f"{source} holds no rule: {_SYNTAX}")
    return start or rules[0].production.lhs, rules


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each rule or directive, its continuation lines joined."""
    begun, first = "", 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not begun and (not line or line.startswith("#")):
            continue
        first = first if begun else number
        begun += line.removesuffix("\\") + " "
        if not line.endswith("\\"):
            yield first, begun.strip()
            begun = ""
    if begun:
        yield first, begun.strip()


def _start(line: str, place: str) -> str:
    directive, name = [*line.split(None, 1), ""][:2]
    if directive != "%start" or not _NONTERMINAL.fullmatch(name):
        raise GrammarError(f"{place}: {line!r} is no directive: write %start NAME")
    return name


def _productions(line: str, place: str) -> list[Production]:
    left, arrow, right = line.partition("->")
    lhs = left.strip()
    if not arrow or not _NONTERMINAL.fullmatch(lhs):
        raise GrammarError(f"{place}: {line!r} is no rule: {_SYNTAX}")
    alternatives: list[list[Symbol]] = [[]]
    for kind, name in _parts(right, place):
        if kind == "bar":
            alternatives.append([])
        else:
            alternatives[-1].append(Symbol(name, kind != "nonterminal"))
    return [Production(lhs, tuple(alternative)) for alternative in alternatives]


def _parts(right: str, place: str) -> Iterator[tuple[str, str]]:
    """Yield kind and name of each part of a right-hand side."""
    position = len(right) - len(right.lstrip())
    while position < len(right):
        match = _PART.match(right, position)
        if match is None:
            rest = right[position:]
            raise GrammarError(f"{place}: {rest!r} is no part of a rule: {_SYNTAX}")
        kind = match.lastgroup or ""
        name = match[kind]
        if kind in {"single", "double"} and not name:
            raise GrammarError(f"{place}: '' is no terminal: write an alternative without symbols")
        yield kind, name
        position = match.end()
        position += len(right[position:]) - len(right[position:].lstrip())
