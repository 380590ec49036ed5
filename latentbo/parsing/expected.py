"""Where a string leaves the language, and what could stand there (J. Earley, 1970)."""

from collections.abc import Sequence

from latentbo.parsing.automaton import END
from latentbo.parsing.grammar import Grammar

__all__ = ["first_error"]

#: Production, symbols of it that have been read, position at which it begins.
Item = tuple[int, int, int]


def first_error(grammar: Grammar, tokens: Sequence[str | None]) -> tuple[int, set[str]]:
    """Find the first token that no sentence has after the tokens before it.

    Earley's algorithm, which takes any grammar; too slow to parse a data set, but exact.

    Args:
        grammar: A grammar without unusable productions.
        tokens: Tokens; None stands for what is no terminal at all.

    Returns:
        The index of that token, and the terminals that some sentence has there (`END` for the end
        of the string). If all tokens begin a sentence the index is their number; they are then a
        sentence exactly if `END` is in the set.
    """
    columns = [_Column(grammar, 0)]
    columns[0].extend([(n, 0, 0) for n in grammar.productions_of[grammar.start]], columns)
    for token in tokens:
        behind = columns[-1].terminals.get(token or END, [])
        if not behind or token is None:
            break
        columns.append(_Column(grammar, len(columns)))
        columns[-1].extend(behind, columns)
    last = columns[-1]
    return len(columns) - 1, set(last.terminals) | ({END} if last.accepts else set())


class _Column:
    """All items that are possible at one position."""

    def __init__(self, grammar: Grammar, position: int) -> None:
        self.grammar = grammar
        self.position = position
        self.accepts = False
        #: Items that wait for a non-terminal, and those that follow on a terminal.
        self.waiting: dict[str, list[Item]] = {}
        self.terminals: dict[str, list[Item]] = {}
        self._empty: set[str] = set()

    def extend(self, items: Sequence[Item], columns: Sequence["_Column"]) -> None:
        """Add items and all that follow from them."""
        seen, agenda = set(items), list(items)
        for item in agenda:  # grows on the way
            new = [found for found in self._following(item, columns) if found not in seen]
            seen.update(new)
            agenda += new

    def _following(self, item: Item, columns: Sequence["_Column"]) -> list[Item]:
        number, dot, begin = item
        production = self.grammar.productions[number]
        if dot == len(production.rhs):
            return self._complete(production.lhs, begin, columns)
        symbol, behind = production.rhs[dot], (number, dot + 1, begin)
        if symbol.is_terminal:
            self.terminals.setdefault(symbol.name, []).append(behind)
            return []
        following = [behind] if symbol.name in self._empty else []
        if symbol.name not in self.waiting:
            numbers = self.grammar.productions_of[symbol.name]
            following += [(other, 0, self.position) for other in numbers]
        self.waiting.setdefault(symbol.name, []).append(behind)
        return following

    def _complete(self, lhs: str, begin: int, columns: Sequence["_Column"]) -> list[Item]:
        if begin == 0 and lhs == self.grammar.start:
            self.accepts = True
        if begin == self.position:
            self._empty.add(lhs)  # what comes to wait for it later may go on at once
        return list(columns[begin].waiting.get(lhs, []))
