"""Canonical LR(k) automata (Knuth, "On the translation of languages from left to right", 1965)."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from latentbo.parsing.grammar import Grammar
from latentbo.parsing.productions import Symbol

#: The symbol after every string; terminals are never empty.
END = ""
#: The action that ends a parse, written as a shift to state 0, which no other action reaches.
ACCEPT = 0

#: The k symbols of lookahead, padded with `END`.
Lookahead = tuple[str, ...]
Lookaheads = frozenset[Lookahead]
#: Production and number of symbols read of its right-hand side.
Core = tuple[int, int]
Kernel = frozenset[tuple[Core, Lookaheads]]


@dataclass(frozen=True)
class Automaton:
    """The automaton of an LR(k) grammar; state 0 is the first.

    Args:
        k: Number of lookahead symbols.
        actions: For each state, the action on the next k symbols: a state to shift to, `~p` to
            reduce by production p, or `ACCEPT`. Impossible lookaheads are absent.
        gotos: For each state, the state after a non-terminal.
    """

    k: int
    actions: tuple[dict[Lookahead, int], ...]
    gotos: tuple[dict[str, int], ...]


def build_automaton(grammar: Grammar, k: int, max_entries: int = 1_000_000) -> Automaton | None:
    """Build the canonical LR(k) automaton.

    Args:
        grammar: Any grammar without unusable productions.
        k: Number of lookahead symbols, at least 1.
        max_entries: Give up when the table is larger (SMILES, with k = 2: 122,490 entries).

    Returns:
        The automaton; None if the grammar is not LR(k) (as if ambiguous), or the table is too
        large.
    """
    builder = _Builder(grammar, k)
    states: dict[Kernel, int] = {builder.start(): 0}
    waiting = list(states)
    actions, gotos, num_entries = [], [], 0
    for kernel in waiting:  # grows during the loop
        items = builder.closure(kernel)
        targets = {}
        for symbol, target in builder.transitions(items).items():
            if target not in states:
                states[target] = len(states)
                waiting.append(target)
            targets[symbol] = states[target]
        row = builder.actions(items, targets)
        num_entries += len(row or ())
        if row is None or num_entries > max_entries:
            return None
        actions.append(row)
        gotos.append({symbol.name: to for symbol, to in targets.items() if not symbol.is_terminal})
    return Automaton(k, tuple(actions), tuple(gotos))


class _Builder:
    """Items, closures and transitions of one grammar, extended by a start production."""

    def __init__(self, grammar: Grammar, k: int) -> None:
        self.k = k
        start = (Symbol(grammar.start, is_terminal=False),)
        self.right_hand_sides = [production.rhs for production in grammar.productions] + [start]
        self.of: dict[str, list[int]] = {name: [] for name in grammar.nonterminals}
        for number, production in enumerate(grammar.productions):
            self.of[production.lhs].append(number)
        self.first = _first_sets(grammar, k)
        self.lookaheads = cache(self._lookaheads)

    def start(self) -> Kernel:
        """The item before the first symbol."""
        return frozenset({((len(self.right_hand_sides) - 1, 0), frozenset({(END,) * self.k}))})

    def _lookaheads(self, rest: tuple[Symbol, ...], behind: Lookaheads) -> Lookaheads:
        """Lookaheads before the symbols `rest`, given the lookaheads `behind` them."""
        seen = behind
        for symbol in reversed(rest):
            front = {(symbol.name,)} if symbol.is_terminal else self.first[symbol.name]
            seen = frozenset(_concatenate(front, seen, self.k))
        return seen

    def closure(self, kernel: Kernel) -> dict[Core, Lookaheads]:
        """Add the items of each non-terminal that can come next, with all lookaheads."""
        items = dict(kernel)
        waiting = list(items)
        while waiting:
            number, dot = core = waiting.pop()
            rest = self.right_hand_sides[number][dot:]
            if not rest or rest[0].is_terminal:
                continue
            seen = self.lookaheads(rest[1:], items[core])
            for production in self.of[rest[0].name]:
                known = items.get((production, 0), frozenset())
                if not seen <= known:
                    items[production, 0] = known | seen
                    waiting.append((production, 0))
        return items

    def transitions(self, items: dict[Core, Lookaheads]) -> dict[Symbol, Kernel]:
        """The kernels of the states after each symbol."""
        behind: dict[Symbol, list[tuple[Core, Lookaheads]]] = {}
        for (number, dot), seen in items.items():
            rest = self.right_hand_sides[number][dot:]
            if rest:
                behind.setdefault(rest[0], []).append(((number, dot + 1), seen))
        return {symbol: frozenset(kernel) for symbol, kernel in behind.items()}

    def actions(
        self, items: dict[Core, Lookaheads], targets: dict[Symbol, int]
    ) -> dict[Lookahead, int] | None:
        """The action on each lookahead; None in case of a conflict."""
        row: dict[Lookahead, int] = {}
        for (number, dot), seen in items.items():
            rest = self.right_hand_sides[number][dot:]
            if rest and not rest[0].is_terminal:
                continue
            action = targets[rest[0]] if rest else self._reduction(number)
            for lookahead in self.lookaheads(rest, seen):
                if row.setdefault(lookahead, action) != action:
                    return None
        return row

    def _reduction(self, number: int) -> int:
        return ACCEPT if number == len(self.right_hand_sides) - 1 else ~number


def _concatenate(left: Iterable[Lookahead], right: Lookaheads, k: int) -> set[Lookahead]:
    """Concatenations cut to k symbols."""
    joined: set[Lookahead] = set()
    for front in left:
        if len(front) == k:
            joined.add(front)
        else:
            joined.update((front + back)[:k] for back in right)
    return joined


def _first_sets(grammar: Grammar, k: int) -> dict[str, set[Lookahead]]:
    """For each non-terminal the first k symbols (or all, if fewer) of its derived strings."""
    first: dict[str, set[Lookahead]] = {name: set() for name in grammar.nonterminals}
    grown = True
    while grown:
        grown = False
        for production in grammar.productions:
            seen: Lookaheads = frozenset({()})
            for symbol in reversed(production.rhs):
                front = {(symbol.name,)} if symbol.is_terminal else first[symbol.name]
                seen = frozenset(_concatenate(front, seen, k))
            grown |= not seen <= first[production.lhs]
            first[production.lhs] |= seen
    return first
