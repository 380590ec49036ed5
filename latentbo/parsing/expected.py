"""Position at which a string leaves the language, and possible terminals (J. Earley, 1970)."""

from collections.abc import Sequence

from latentbo.parsing.automaton import END
from latentbo.parsing.grammar import Grammar

#: Production, number of its symbols read, position at which it begins.
Item = tuple[int, int, int]


def first_error(grammar: Grammar, tokens: Sequence[str | None]) -> tuple[int, set[str]]:
    """Find the first token at which no sentence continues the tokens before it.

    Earley's algorithm works for any grammar; exact, but too slow to parse a data set.

    Args:
        grammar: A grammar without unusable productions.
        tokens: Tokens; None stands for text that is not a terminal.

    Returns:
        The index of that token, and the terminals that could follow there (`END` for the end of the
        string). If all tokens begin a sentence, the index is their number; they are a sentence
        exactly if `END` is in the set.
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
    """All possible items at one position."""

    def __init__(self, grammar: Grammar, position: int) -> None:
        self.grammar = grammar
        self.position = position
        self.accepts = False
        #: Items that wait for a non-terminal, and items after a terminal.
        self.waiting: dict[str, list[Item]] = {}
        self.terminals: dict[str, list[Item]] = {}
        self._empty: set[str] = set()

    def extend(self, items: Sequence[Item], columns: Sequence["_Column"]) -> None:
        """Add items and all their consequences."""
        seen, agenda = set(items), list(items)
        for item in agenda:  # grows during the loop
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
            self._empty.add(lhs)  # later items that wait for it advance at once
        return list(columns[begin].waiting.get(lhs, []))
