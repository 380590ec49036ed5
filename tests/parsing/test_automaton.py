import pytest

from latentbo.parsing import Grammar
from latentbo.parsing.automaton import ACCEPT, END, build_automaton

# After `a` comes a reduction to X or to Y, told by the second symbol behind it alone.
NEEDS_TWO = Grammar.from_text("S -> X 'b' 'c' | Y 'b' 'd'\nX -> 'a'\nY -> 'a'")
NEEDS_THREE = Grammar.from_text("S -> X 'b' 'b' 'c' | Y 'b' 'b' 'd'\nX -> 'a'\nY -> 'a'")


@pytest.mark.parametrize(
    ("grammar", "least"),
    [(Grammar.from_text("S -> 'a' S |"), 1), (NEEDS_TWO, 2), (NEEDS_THREE, 3)],
)
def test_as_many_symbols_as_needed(grammar: Grammar, least: int) -> None:
    for k in range(1, least + 2):
        assert (build_automaton(grammar, k) is None) == (k < least)


@pytest.mark.parametrize("text", ["S -> S S | 'a'", "S -> 'a' | T\nT -> 'a'", "S -> S | 'a'"])
def test_ambiguous_grammars_have_no_automaton(text: str) -> None:
    assert all(build_automaton(Grammar.from_text(text), k) is None for k in (1, 2, 3))


def test_actions_of_the_smallest_grammar() -> None:
    automaton = build_automaton(Grammar.from_text("S -> 'a'"), 1)
    assert automaton is not None
    behind_a = automaton.actions[0]["a",]
    assert automaton.actions[0] == {("a",): behind_a}
    assert automaton.actions[behind_a] == {(END,): ~0}
    assert automaton.actions[automaton.gotos[0]["S"]] == {(END,): ACCEPT}


def test_rows_hold_what_a_sentence_can_have_there_and_nothing_else() -> None:
    """Canonical tables stop at the first wrong symbol, unlike merged ones."""
    grammar = Grammar.from_text("S -> '(' T ')' | '[' T ']'\nT -> 'x'")
    automaton = build_automaton(grammar, 1)
    assert automaton is not None
    for opening, closing in ("()", "[]"):
        behind_x = automaton.actions[automaton.actions[0][opening,]]["x",]
        assert set(automaton.actions[behind_x]) == {(closing,)}


def test_tables_have_a_largest_size(smiles: Grammar) -> None:
    assert build_automaton(smiles, 2, max_entries=1000) is None
    assert build_automaton(smiles, 2) is not None
    assert build_automaton(smiles, 1) is None
