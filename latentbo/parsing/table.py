"""Deterministic parsing by an LR automaton, with runs of unit reductions joined into one step."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from latentbo.parsing.automaton import END, Automaton, Lookahead
from latentbo.parsing.grammar import Grammar


class TableParser:
    """Parses the tokens of one grammar.

    Args:
        grammar: A grammar.
        automaton: Its automaton.
    """

    def __init__(self, grammar: Grammar, automaton: Automaton) -> None:
        self.grammar = grammar
        self.automaton = automaton
        self.rows = [_Row(self, state) for state in range(len(automaton.actions))]

    def parse(self, tokens: Sequence[str]) -> list[int] | None:
        """Return the leftmost derivation, or None if the tokens are not a sentence.

        A reduction comes after all reductions inside it, so the parser does not produce the
        pre-order directly. Each leaf has a list; a production is appended to the list of its first
        leaf, after the productions below it that begin at the same leaf. The lists from left to
        right, each read backwards, are the pre-order.
        """
        rows, states = self.rows, [0]
        leaves: list[list[int]] = []
        firsts: list[list[int]] = []  # the first leaf of each symbol on the stack
        try:
            for lookahead in self._lookaheads(tokens):
                step = rows[states[-1]][lookahead]
                while isinstance(step, _Reduction):
                    height, runs = step
                    if height == 1:
                        del states[-1]
                    elif height:
                        del states[-height:], firsts[1 - height :]
                    else:
                        leaves.append([])
                        firsts.append(leaves[-1])
                    productions, state, step = runs[states[-1]]
                    firsts[-1] += productions
                    states.append(state)
                leaf: list[int] = []
                leaves.append(leaf)
                firsts.append(leaf)
                states.append(step)
        except KeyError:
            return None
        leaves.reverse()
        derivation = list(chain.from_iterable(leaves))
        derivation.reverse()
        return derivation

    def _lookaheads(self, tokens: Sequence[str]) -> Iterator[Lookahead]:
        """The lookahead at each token, and at the end."""
        k = self.automaton.k
        padded = [*tokens, *[END] * k]
        return zip(*(padded[first:] for first in range(k)), strict=False)


class _Reduction(NamedTuple):
    """Take `height` symbols from the stack; `runs` holds their replacement."""

    height: int
    runs: "_Runs"


#: A reduction, or the state to shift to.
_Step = _Reduction | int


class _Row(dict[Lookahead, _Step]):
    """The step of one state per lookahead; filled on first use.

    Raises:
        KeyError: If the lookahead is impossible there.
    """

    def __init__(self, parser: TableParser, state: int) -> None:
        super().__init__()
        self.parser = parser
        self.state = state

    def __missing__(self, lookahead: Lookahead) -> _Step:
        action = self.parser.automaton.actions[self.state][lookahead]
        step: _Step = action
        if action < 0:
            height = len(self.parser.grammar.productions[~action].rhs)
            step = _Reduction(height, _Runs(self.parser, ~action, lookahead))
        self[lookahead] = step
        return step


class _Runs(dict[int, tuple[tuple[int, ...], int, _Step]]):
    """A reduction before one lookahead, with all unit reductions that follow it.

    Maps the state below the reduced symbols to the productions, the resulting state, and the next
    step there; filled on first use.
    """

    def __init__(self, parser: TableParser, production: int, lookahead: Lookahead) -> None:
        super().__init__()
        self.parser = parser
        self.production = production
        self.lookahead = lookahead

    def __missing__(self, below: int) -> tuple[tuple[int, ...], int, _Step]:
        productions = self.parser.grammar.productions
        automaton = self.parser.automaton
        run = [self.production]
        while True:
            state = automaton.gotos[below][productions[run[-1]].lhs]
            action = automaton.actions[state][self.lookahead]
            if action >= 0 or len(productions[~action].rhs) != 1:
                break
            run.append(~action)
        self[below] = (tuple(run), state, self.parser.rows[state][self.lookahead])
        return self[below]
