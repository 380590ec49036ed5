from pathlib import Path

import pytest

from latentbo.parsing import Grammar, GrammarError, Symbol, load_grammar

EXPRESSIONS = """%start S
S -> S '+' T
S -> S '*' T
S -> S '/' T
S -> T
T -> '(' S ')'
T -> 'sin(' S ')'
T -> 'exp(' S ')'
T -> 'x'
T -> '1'
T -> '2'
T -> '3'
"""


def test_expressions_are_the_published_grammar(expressions: Grammar) -> None:
    assert expressions.text == EXPRESSIONS
    assert expressions.nonterminals == ("S", "T")
    assert expressions.terminals == ("+", "*", "/", "(", ")", "sin(", "exp(", "x", "1", "2", "3")


def test_smiles_have_the_usable_productions_of_the_published_grammar(smiles: Grammar) -> None:
    assert smiles.start == "smiles"
    assert len(smiles.productions) == 75 - 2
    assert len(set(smiles.productions)) == len(smiles.productions)
    assert smiles.dropped == ()
    assert {"Cl", "Br", "@@", "\\", "#"} <= set(smiles.terminals)


@pytest.mark.parametrize("name", ["expressions", "smiles"])
def test_text_reads_back_in_the_same_order(name: str) -> None:
    grammar = load_grammar(name)
    again = Grammar.from_text(grammar.text)
    assert again == grammar
    assert again.productions == grammar.productions
    assert again.fingerprint == grammar.fingerprint


def test_fingerprint_tells_order_and_start_apart() -> None:
    texts = ["A -> B | 'a'\nB -> A | 'b'", "A -> 'a' | B\nB -> A | 'b'"]
    texts.append("%start B\n" + texts[0])
    assert len({Grammar.from_text(text).fingerprint for text in texts}) == 3


@pytest.mark.parametrize("name", ["expressions", "smiles"])
def test_nltk_gets_the_same_productions(name: str) -> None:
    grammar = load_grammar(name)
    theirs = grammar.to_nltk()
    assert str(theirs.start()) == grammar.start
    assert len(theirs.productions()) == len(grammar.productions)
    for ours, their in zip(grammar.productions, theirs.productions(), strict=True):
        assert str(their.lhs()) == ours.lhs
        assert [Symbol(str(s), isinstance(s, str)) for s in their.rhs()] == list(ours.rhs)


def test_unusable_productions_are_dropped_with_the_reason() -> None:
    text = """S -> 'a' S | 'a' | Missing 'b' | Loop
    S -> 'a'
    Loop -> 'c' Loop
    Nothing -> None
    Alone -> 'd'
    Far -> Alone"""
    grammar = Grammar.from_text(text)
    assert [str(production) for production in grammar.productions] == ["S -> 'a' S", "S -> 'a'"]
    assert grammar.dropped == (
        "S -> Missing 'b' (line 1): Missing has no rule",
        "S -> Loop (line 1): Loop never ends",
        "S -> 'a' (line 2): it repeats an earlier one",
        "Loop -> 'c' Loop (line 3): Loop never ends",
        "Nothing -> None (line 4): None has no rule",
        "Alone -> 'd' (line 5): Alone cannot be reached from the start symbol",
        "Far -> Alone (line 6): Far cannot be reached from the start symbol",
    )


def test_what_only_unusable_productions_reach_is_dropped_too() -> None:
    grammar = Grammar.from_text("S -> 'a' | A Missing\nA -> 'b'")
    assert [str(production) for production in grammar.productions] == ["S -> 'a'"]
    assert len(grammar.dropped) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("%start T\nS -> 'a'", "mine has no rule for its start symbol T: add one"),
        ("S -> 'a' S", "mine has no sentence: every derivation from S is endless"),
        ("S -> T 'a'", "mine has no sentence"),
    ],
)
def test_languages_without_sentences_are_errors(text: str, message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        Grammar.from_text(text, "mine")


def test_grammars_are_loaded_from_files(tmp_path: Path) -> None:
    path = tmp_path / "mine.cfg"
    path.write_bytes(b"\xef\xbb\xbfS -> 'a'\r\n")
    assert load_grammar(path).terminals == load_grammar(str(path)).terminals == ("a",)
    path.write_text("S -> 'a'\nS = 'b'")
    with pytest.raises(GrammarError, match=r"mine\.cfg, line 2: "):
        load_grammar(path)


def test_what_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    remedy = "give a file, or one of expressions, smiles"
    with pytest.raises(GrammarError, match=f"'smile' cannot be read .*No such file.*: {remedy}"):
        load_grammar("smile")
    with pytest.raises(GrammarError, match=f"cannot be read .*: {remedy}"):
        load_grammar(tmp_path)
    (tmp_path / "binary.cfg").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GrammarError, match="is not UTF-8 text"):
        load_grammar(tmp_path / "binary.cfg")


def test_minimal_lengths_are_those_of_the_shortest_derivations() -> None:
    grammar = Grammar.from_text("S -> A B 'x' | A S\nA -> B | 'a'\nB -> 'b' A | C\nC -> 'c' |")
    assert grammar.minimal_lengths == {"S": 4, "A": 1, "B": 2, "C": 1}
    assert grammar.minimal_needs == (3, 5, 2, 0, 1, 1, 0, 0)
