"""nltk's ChartParser is the definition: the same productions as its first tree, in its order."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from nltk.parse import chart

from latentbo.parsing import (
    Grammar,
    GrammarError,
    ParseError,
    Parser,
    parser_for,
    sample_derivation,
    write_sentence,
)
from latentbo.parsing.chart import ChartParser

Lines = Callable[[str, int], list[str]]
Derive = Callable[[Any, Grammar, list[str]], list[int] | None]
MOLECULES = "zinc250k.smi.gz"


def equal_derivations(grammar: Grammar, strings: list[str], derive: Derive) -> int:
    # The left-corner strategy is nltk's fastest; an unambiguous grammar has but one tree.
    nltk_parser = chart.ChartParser(grammar.to_nltk(), chart.LC_STRATEGY)
    parser = parser_for(grammar)
    assert parser.is_deterministic
    return sum(
        derive(nltk_parser, grammar, parser.tokenize(string)) == parser.parse(string)
        for string in strings
    )


def test_same_derivation_for_molecules(
    smiles: Grammar, data_lines: Lines, nltk_derivation: Derive
) -> None:
    assert equal_derivations(smiles, data_lines(MOLECULES, 100), nltk_derivation) == 100


@pytest.mark.slow("latentbo/parsing")
def test_same_derivation_for_300_molecules(
    smiles: Grammar, data_lines: Lines, nltk_derivation: Derive
) -> None:
    assert equal_derivations(smiles, data_lines(MOLECULES, 300), nltk_derivation) == 300


def test_same_derivation_for_2000_expressions(
    expressions: Grammar, data_lines: Lines, nltk_derivation: Derive
) -> None:
    lines = data_lines("expressions100k.txt.gz", 2000)
    assert equal_derivations(expressions, lines, nltk_derivation) == 2000


def test_default_strategy_gives_the_same_first_tree(
    smiles: Grammar, data_lines: Lines, nltk_derivation: Derive
) -> None:
    nltk_parser = chart.ChartParser(smiles.to_nltk())
    for string in data_lines(MOLECULES, 20):
        tokens = parser_for(smiles).tokenize(string)
        assert nltk_derivation(nltk_parser, smiles, tokens) == parser_for(smiles).parse(string)


def test_ambiguous_grammars_get_the_first_tree(nltk_derivation: Derive) -> None:
    grammar = Grammar.from_text("E -> E '+' E | E '*' E | 'x'")
    parser = parser_for(grammar)
    assert not parser.is_deterministic
    nltk_parser = chart.ChartParser(grammar.to_nltk())
    for string in ("x", "x+x*x", "x*x+x", "x+x*x+x*x"):
        assert parser.parse(string) == nltk_derivation(nltk_parser, grammar, list(string))
    with pytest.raises(ParseError, match=r"unexpected 'x' at character 2.*\n.*\n.*\nexpected"):
        parser.parse("xx")


def test_ambiguity_costs_no_exponential_time() -> None:
    grammar = Grammar.from_text("E -> E E | 'x'")
    derivation = parser_for(grammar).parse("x" * 25)  # 1e12 trees: nltk refuses
    assert write_sentence(grammar, derivation) == "x" * 25


@st.composite
def grammars(draw: st.DrawFn) -> Grammar:
    """Small grammars: left- and right-recursive, nullable, ambiguous, cyclic."""
    terminals = [f"'{letter}'" for letter in "abc"[: draw(st.integers(1, 3))]]
    names = "SAB"[: draw(st.integers(1, 3))]
    symbols = st.sampled_from([*terminals, *names])
    sides = st.lists(st.lists(symbols, max_size=3).map(" ".join), min_size=1, max_size=3)
    text = "\n".join(f"{name} -> {' | '.join(draw(sides))}" for name in names)
    try:
        return Grammar.from_text(text)
    except GrammarError:
        assume(False)
        raise


def first_tree(parser: Any, string: str) -> Any:
    """nltk's first tree; strings with thousands of trees would take it too long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chart, "MAX_PARSE_TREES", 2000)
        try:
            return next(parser.parse(list(string)), None)
        except ValueError:
            assume(False)
            raise


@given(grammar=grammars(), seed=st.integers(0, 2**32))
def test_any_grammar_and_any_string_are_parsed_as_nltk_does(grammar: Grammar, seed: int) -> None:
    generator = random.Random(seed)
    parser, table_free = Parser(grammar), ChartParser(grammar)
    theirs = chart.ChartParser(grammar.to_nltk())
    numbers = {p: n for n, p in enumerate(grammar.to_nltk().productions())}
    room = grammar.minimal_lengths[grammar.start] + 4
    strings = {write_sentence(grammar, sample_derivation(grammar, generator, room)) or ""}
    strings |= {"".join(generator.choices(grammar.terminals or [""], k=4))}
    for string in strings:
        tree = first_tree(theirs, string)
        if tree is None:
            with pytest.raises(ParseError):
                parser.parse(string)
        else:
            derivation = [numbers[production] for production in tree.productions()]
            assert parser.parse(string) == derivation
            assert table_free.parse(list(string)) == derivation
