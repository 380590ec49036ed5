import pytest

from latentbo.data.expressions import random_sentences
from latentbo.errors import DataError
from latentbo.parsing import Grammar, load_grammar, parser_for

GRAMMAR = load_grammar("expressions")


def test_sentences_are_distinct_and_within_the_length() -> None:
    found = random_sentences(GRAMMAR, 300, max_productions=9)
    assert len(set(found)) == len(found) == 300
    parser = parser_for(GRAMMAR)
    lengths = {len(parser.parse(sentence)) for sentence in found}
    # Two productions more for every operator, function or pair of brackets.
    assert lengths == {2, 4, 6, 8}


def test_the_seed_decides() -> None:
    assert random_sentences(GRAMMAR, 20) == random_sentences(GRAMMAR, 50)[:20]
    assert random_sentences(GRAMMAR, 20, seed=1) != random_sentences(GRAMMAR, 20)


def test_a_small_language_is_given_whole() -> None:
    grammar = Grammar.from_text("S -> 'a' | 'b' | 'c' S")
    assert sorted(random_sentences(grammar, 10, max_productions=2)) == ["a", "b", "ca", "cb"]


def test_a_language_without_short_sentences() -> None:
    grammar = Grammar.from_text("S -> A\nA -> B\nB -> 'a'")
    with pytest.raises(DataError, match=r"no sentence of at most 2 productions.*--initial FILE"):
        random_sentences(grammar, 10, max_productions=2)
