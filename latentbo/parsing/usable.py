"""Separate the usable productions of a grammar, those that occur in some derivation."""

from collections.abc import Sequence

from latentbo.parsing.errors import GrammarError
from latentbo.parsing.productions import Production
from latentbo.parsing.reader import Rule


def split_usable(
    start: str, rules: Sequence[Rule], source: str
) -> tuple[tuple[Production, ...], tuple[str, ...]]:
    """Divide productions into usable ones, which occur in a sentence's derivation, and others.

    Args:
        start: The start symbol.
        rules: Productions with their line numbers.
        source: Name of the grammar for messages.

    Returns:
        The usable productions in their order, and one line per other production with the reason: it
        repeats an earlier one, or has a non-terminal that is undefined, never ends, or cannot be
        reached from the start symbol.

    Raises:
        GrammarError: If the start symbol has no production, or the language is empty.
    """
    defined = {rule.production.lhs for rule in rules}
    if start not in defined:
        raise GrammarError(
            f"{source} has no rule for its start symbol {start}: "
            f"add one, or name another symbol with %start"
        )
    ending = _ending([rule.production for rule in rules])
    if start not in ending:
        raise GrammarError(
            f"{source} has no sentence: every derivation from {start} is endless or meets "
            "a non-terminal without a rule; give it a rule of terminals alone"
        )
    able = [rule.production for rule in rules if ending.issuperset(rule.production.children)]
    reached = _reached(start, able)
    usable: dict[Production, None] = {}
    dropped = []
    for production, line in rules:
        reason = _reason(production, defined, ending, reached)
        if reason is None and production in usable:
            reason = "it repeats an earlier one"
        if reason is None:
            usable[production] = None
        else:
            dropped.append(f"{production} (line {line}): {reason}")
    return tuple(usable), tuple(dropped)


def _reason(
    production: Production, defined: set[str], ending: set[str], reached: set[str]
) -> str | None:
    for child in production.children:
        if child not in defined:
            return f"{child} has no rule"
        if child not in ending:
            return f"{child} never ends"
    if production.lhs not in reached:
        return f"{production.lhs} cannot be reached from the start symbol"
    return None


def _ending(productions: Sequence[Production]) -> set[str]:
    """The non-terminals that derive some string of terminals."""
    ending: set[str] = set()
    while True:
        more = {
            production.lhs
            for production in productions
            if production.lhs not in ending and ending.issuperset(production.children)
        }
        if not more:
            return ending
        ending |= more


def _reached(start: str, productions: Sequence[Production]) -> set[str]:
    """The non-terminals that can occur in a derivation from `start`."""
    reached, waiting = {start}, [start]
    while waiting:
        lhs = waiting.pop()
        for production in productions:
            if production.lhs == lhs:
                new = set(production.children) - reached
                reached |= new
                waiting += new
    return reached
