"""Earley's algorithm and canonical LR(1) tables are two ways to the same sets."""

import random

import pytest

from latentbo.parsing import Grammar, sample_derivation, write_sentence
from latentbo.parsing.automaton import ACCEPT, END, build_automaton
from latentbo.parsing.expected import first_error

TEXTS = {
    "sums": "S -> S '+' T | T\nT -> '(' S ')' | 'x'",
    "nullable": "S -> A B 'c'\nA -> 'a' A |\nB -> 'b' B |",
    "nested": "S -> '(' L ')'\nL -> S L |",
    "empty": "S ->",
}


def by_table(grammar: Grammar, tokens: list[str]) -> tuple[int, set[str]]:
    """Where canonical LR(1) tables stop, and the symbols that they would take there."""
    automaton = build_automaton(grammar, 1)
    assert automaton is not None
    states, index = [0], 0
    while True:
        row = automaton.actions[states[-1]]
        action = row.get(([*tokens, END][index],))
        if action is None or action == ACCEPT:
            return index, {symbol for (symbol,) in row}
        if action > 0:
            states.append(action)
            index += 1
        else:
            production = grammar.productions[~action]
            del states[len(states) - len(production.rhs) :]
            states.append(automaton.gotos[states[-1]][production.lhs])


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_errors_are_where_the_tables_stop(name: str) -> None:
    grammar = Grammar.from_text(TEXTS[name])
    generator = random.Random(0)
    alphabet = [*grammar.terminals, "?"]
    for _ in range(200):
        room = grammar.minimal_lengths[grammar.start] + 10
        tokens = list(write_sentence(grammar, sample_derivation(grammar, generator, room)) or "")
        if tokens:  # one symbol replaced
            tokens[generator.randrange(len(tokens))] = generator.choice(alphabet)
        index, expected = by_table(grammar, tokens)
        found, found_expected = first_error(grammar, tokens)
        assert found == index
        if index < len(tokens) or END not in expected:
            assert found_expected == expected
        else:  # a table that accepts has seen the end: what else could come is another row's
            assert END in found_expected


def test_no_terminal_is_never_expected() -> None:
    grammar = Grammar.from_text("S -> 'a' S |")
    assert first_error(grammar, ["a", None]) == (1, {"a", END})
