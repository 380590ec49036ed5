"""nltk's chart parser, for grammars that are not LR(k)."""

import inspect
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from latentbo.parsing.automaton import END
from latentbo.parsing.expected import first_error
from latentbo.parsing.grammar import Grammar
from latentbo.parsing.productions import Symbol

#: An edge of nltk's chart, and for each edge the children in its first tree (None: no tree).
_Edge = Any
_Chosen = dict[_Edge, "tuple[_Edge, ...] | None"]


class ChartParser:
    """Parses the tokens of any grammar to the first tree that `nltk.ChartParser` yields.

    The tree is read directly from nltk's chart: nltk builds every tree before it yields one, and an
    ambiguous grammar has exponentially many.

    Args:
        grammar: A grammar.
    """

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._numbers = {
            (production.lhs, production.rhs): number
            for number, production in enumerate(grammar.productions)
        }

    @cached_property
    def _nltk(self) -> Any:
        from nltk.parse import chart  # noqa: PLC0415  (slow to import, rarely needed)

        # Newer versions stop after seconds of wall-clock time by default.
        limit = "max_time" in inspect.signature(chart.ChartParser).parameters
        return chart.ChartParser(self.grammar.to_nltk(), **({"max_time": None} if limit else {}))

    def parse(self, tokens: Sequence[str]) -> list[int] | None:
        """Return the leftmost derivation of nltk's first tree, or None if there is none."""
        index, expected = first_error(self.grammar, tokens)
        if index < len(tokens) or END not in expected:
            return None
        parser = self._nltk
        chart = parser.chart_parse(list(tokens))
        for root in chart.select(start=0, end=len(tokens), lhs=parser.grammar().start()):
            chosen = _first_trees(chart, root) if root.is_complete() else {}
            if chosen.get(root) is not None:
                return [self._number(edge) for edge in _pre_order(root, chosen)]
        return None

    def _number(self, edge: _Edge) -> int:
        right = tuple(
            Symbol(str(symbol), is_terminal=isinstance(symbol, str)) for symbol in edge.rhs()
        )
        return self._numbers[str(edge.lhs()), right]


def _first_trees(chart: Any, root: _Edge) -> _Chosen:
    """Choose the children of every edge below `root` as in the first tree that nltk builds of it.

    nltk's `Chart.trees` goes depth-first through all lists of children of an edge; an edge that is
    still being visited counts as one without trees, which leaves out cycles. The first tree is
    that of the first list whose children all have trees.
    """
    chosen: _Chosen = {root: None}
    agenda = [(root, _children(chart, root))]
    while agenda:
        edge, children = agenda[-1]
        child = next((child for child in children if child not in chosen), None)
        if child is not None:
            chosen[child] = None
            agenda.append((child, _children(chart, child)))
            continue
        agenda.pop()
        for candidate in [()] if _is_leaf(edge) else chart.child_pointer_lists(edge):
            if all(chosen[child] is not None for child in candidate):
                chosen[edge] = candidate
                break
    return chosen


def _children(chart: Any, edge: _Edge) -> Iterator[_Edge]:
    return (child for children in chart.child_pointer_lists(edge) for child in children)


def _is_leaf(edge: _Edge) -> bool:
    return isinstance(edge.lhs(), str)


def _pre_order(root: _Edge, chosen: _Chosen) -> Iterator[_Edge]:
    agenda = [root]
    while agenda:
        edge = agenda.pop()
        if not _is_leaf(edge):
            yield edge
            agenda += reversed(chosen[edge] or ())
