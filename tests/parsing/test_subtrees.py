import random

from hypothesis import given
from hypothesis import strategies as st

from latentbo.parsing import Grammar, load_grammar, sample_derivation, subtree_ends, write_sentence

GRAMMAR = load_grammar("expressions")


@given(st.integers(0, 10**6))
def test_each_subtree_is_a_complete_derivation_of_its_nonterminal(seed: int) -> None:
    derivation = sample_derivation(GRAMMAR, random.Random(seed), 30)
    ends = subtree_ends(GRAMMAR, derivation)
    assert ends[0] == len(derivation)
    for place, end in enumerate(ends):
        start = GRAMMAR.productions[derivation[place]].lhs
        own = Grammar(start, GRAMMAR.productions)
        assert write_sentence(own, derivation[place:end]) is not None


def test_subtrees_of_an_expression() -> None:
    # S -> S '+' T, S -> T, T -> 'x', T -> '1'
    numbers = {str(production): i for i, production in enumerate(GRAMMAR.productions)}
    names = ["S -> S '+' T", "S -> T", "T -> 'x'", "T -> '1'"]
    assert subtree_ends(GRAMMAR, [numbers[name] for name in names]) == [4, 3, 3, 4]
    assert subtree_ends(GRAMMAR, []) == []
