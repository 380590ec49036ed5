import pickle
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import InputError
from latentbo.parsing import (
    Grammar,
    ParseError,
    Parser,
    load_grammar,
    parser_for,
    sample_derivation,
    write_sentence,
)

# Blocks of statements: nullable, right-recursive, two symbols to look at (`a =` or `a (`).
USER = """
block -> '{' list '}'
list -> statement ';' list |
statement -> target '=' value | call | block
target -> 'a' | 'ab'
call -> name '(' ')'
name -> 'a' | 'b'
value -> 'b' | call
"""
GRAMMARS = {
    "expressions": load_grammar("expressions"),
    "smiles": load_grammar("smiles"),
    "user": Grammar.from_text(USER),
}


@given(
    name=st.sampled_from(sorted(GRAMMARS)), seed=st.integers(0, 2**32), extra=st.integers(0, 300)
)
def test_sentences_parse_back_to_their_derivation(name: str, seed: int, extra: int) -> None:
    grammar = GRAMMARS[name]
    max_length = grammar.minimal_lengths[grammar.start] + extra
    derivation = sample_derivation(grammar, random.Random(seed), max_length)
    sentence = write_sentence(grammar, derivation)
    assert sentence is not None
    assert parser_for(grammar).parse(sentence) == derivation


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_two_symbols_decide(name: str) -> None:
    assert parser_for(GRAMMARS[name]).is_deterministic


def test_derivation_is_in_pre_order(expressions: Grammar) -> None:
    assert parser_for(expressions).parse("sin(x)+1") == [0, 3, 5, 3, 7, 8]


def test_very_long_strings_need_no_recursion(smiles: Grammar) -> None:
    string = "C(" * 5000 + "C" + ")" * 5000
    derivation = parser_for(smiles).parse(string)
    assert write_sentence(smiles, derivation) == string


def test_equal_grammars_share_a_parser(smiles: Grammar) -> None:
    assert parser_for(smiles) is parser_for(Grammar.from_text(smiles.text))
    assert parser_for(smiles) is not parser_for(load_grammar("expressions"))


def test_longest_terminal_first(smiles: Grammar, expressions: Grammar) -> None:
    assert parser_for(smiles).tokenize("C[C@@H]Cl") == ["C", "[", "C", "@@", "H", "]", "Cl"]
    assert parser_for(expressions).tokenize("sin(x)*(3)") == [
        *("sin(", "x", ")", "*", "(", "3", ")")
    ]


CHAIN = "# ( - / 1 2 3 4 5 6 7 8 = B Br C Cl F I N O P S [ \\ c n o s"
ATOMS = "B Br C Cl F I N O P S [ c n o s"


@pytest.mark.parametrize(
    ("string", "position", "symbol", "expected", "may_end"),
    [
        ("C1CC%10", 4, "%", CHAIN, True),
        ("CC9CCC9", 2, "9", CHAIN, True),
        ("C[Se]C", 3, "e", "+ - @ @@ H ]", False),
        ("C[SiH3]", 3, "i", "+ - @ @@ H ]", False),
        ("CC.C", 2, ".", CHAIN, True),
        ("CC)C", 2, ")", CHAIN, True),
        ("CC(C", 4, "", CHAIN.replace("( ", "( ) "), False),
        ("C=", 2, "", "1 2 3 4 5 6 7 8 " + ATOMS, False),
        ("C(=Cl)=)", 7, ")", ATOMS, False),
        ("C(Cl)(=Cl)Cl==Br", 13, "=", "1 2 3 4 5 6 7 8 " + ATOMS, False),
        ("[C@@Cl]", 4, "Cl", "+ - H ]", False),
        ("[C@@@H]", 4, "@", "+ - H ]", False),
        ("", 0, "", ATOMS, False),
        ("*", 0, "*", ATOMS, False),
        ("C\nC", 1, "\n", CHAIN, True),
    ],
)
def test_errors_name_the_symbol_and_what_was_expected(
    smiles: Grammar, string: str, position: int, symbol: str, expected: str, may_end: bool
) -> None:
    with pytest.raises(ParseError) as caught:
        parser_for(smiles).parse(string)
    error = caught.value
    assert (error.string, error.position, error.symbol) == (string, position, symbol)
    assert " ".join(error.expected) == expected
    assert error.may_end == may_end


def test_a_character_that_begins_no_terminal_stops_the_lexer(smiles: Grammar) -> None:
    with pytest.raises(ParseError, match="unexpected '%' at character 5"):
        parser_for(smiles).tokenize("C1CC%10")
    assert parser_for(smiles).tokenize("]C(") == ["]", "C", "("]


def test_the_first_of_two_errors_is_reported(smiles: Grammar) -> None:
    with pytest.raises(ParseError, match=r"unexpected '\)' at character 2"):
        parser_for(smiles).tokenize("C)C%10")


def test_message_of_a_parse_error(expressions: Grammar) -> None:
    with pytest.raises(ParseError) as caught:
        parser_for(expressions).parse("1/3+sin(x*x")
    assert str(caught.value).splitlines() == [
        "unexpected end at character 12:",
        "  1/3+sin(x*x",
        "             ^",
        "expected ) * + /",
    ]
    with pytest.raises(ParseError, match=r"expected .* the end$"):
        parser_for(expressions).parse("xx")
    assert isinstance(caught.value, InputError)


@pytest.mark.parametrize("position", [0, 3, 40, 100, 170, 199])
def test_caret_stands_under_the_symbol_of_a_long_string(smiles: Grammar, position: int) -> None:
    string = "C" * position + "?" + "C" * (199 - position)
    with pytest.raises(ParseError) as caught:
        parser_for(smiles).parse(string)
    _, shown, caret, _ = str(caught.value).splitlines()
    assert caught.value.position == position
    assert shown[caret.index("^")] == "?"
    assert len(shown) < 81
    assert shown.lstrip().startswith("...") == (position > 36)


def test_errors_survive_the_way_between_processes() -> None:
    error = ParseError("C9", 1, "9", ["C"], True)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.expected == ("C",)


def test_all_molecules_of_a_sample_are_in_the_language(
    smiles: Grammar, data_lines: Callable[[str, int], list[str]]
) -> None:
    lengths = []
    for string in data_lines("zinc250k.smi.gz", 5000):
        derivation = parser_for(smiles).parse(string)
        assert write_sentence(smiles, derivation) == string
        lengths.append(len(derivation))
    assert min(lengths) >= 28
    assert max(lengths) <= 277 - 1


def test_all_expressions_of_a_sample_are_in_the_language(
    expressions: Grammar, data_lines: Callable[[str, int], list[str]]
) -> None:
    for string in data_lines("expressions100k.txt.gz", 5000):
        derivation = parser_for(expressions).parse(string)
        assert write_sentence(expressions, derivation) == string
        assert len(derivation) <= 15 - 1


def test_tables_are_built_on_demand(monkeypatch: pytest.MonkeyPatch, smiles: Grammar) -> None:
    calls: list[int] = []

    def build(grammar: Grammar, k: int) -> None:
        calls.append(k)

    monkeypatch.setattr("latentbo.parsing.parser.build_automaton", build)
    parser = Parser(smiles)
    assert parser.tokenize("CC") == ["C", "C"]
    assert calls == []
    assert not parser.is_deterministic
    assert not parser.is_deterministic
    assert calls == [1, 2]
