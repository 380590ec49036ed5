import pytest

from latentbo.parsing import GrammarError
from latentbo.parsing.reader import read


def written(text: str) -> list[str]:
    return [str(rule.production) for rule in read(text, "test")[1]]


def test_alternatives_comments_and_continued_lines() -> None:
    text = "# comment\n\nS -> S '+' T | \\\n  T\r\n  T -> 'x'|\"y\"|'sin(' S ')' \n"
    assert written(text) == [
        "S -> S '+' T",
        "S -> T",
        "T -> 'x'",
        "T -> 'y'",
        "T -> 'sin(' S ')'",
    ]
    assert [rule.line for rule in read(text, "test")[1]] == [3, 3, 5, 5, 5]


def test_first_left_hand_side_is_the_start_unless_another_is_named() -> None:
    assert read("A -> B\nB -> 'b'", "test")[0] == "A"
    assert read("%start B\nA -> B\nB -> 'b'", "test")[0] == "B"


def test_hash_in_a_rule_and_quotes_in_quotes_are_terminals() -> None:
    assert written("S -> '#' | \"'\" | '\"' | '\\'") == [
        "S -> '#'",
        'S -> "\'"',
        "S -> '\"'",
        "S -> '\\'",
    ]


def test_alternative_without_symbols() -> None:
    assert written("S -> 'a' S |") == ["S -> 'a' S", "S ->"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "test holds no rule: write LEFT -> RIGHT"),
        ("# only a comment", "test holds no rule"),
        ("S -> 'a'\nS : 'b'", r"test, line 2: \"S : 'b'\" is no rule"),
        ("-> 'b'", "line 1: .* is no rule"),
        ("S T -> 'b'", "line 1: .* is no rule"),
        ("S -> 'a", 'line 1: "\'a" is no part of a rule'),
        ("S -> 'a' [0.5]", r"line 1: '\[0.5\]' is no part of a rule"),
        ("S -> a ''", "line 1: '' is no terminal: write an alternative without symbols"),
        ("%start\nS -> 'a'", "line 1: '%start' is no directive: write %start NAME"),
        ("%begin S\nS -> 'a'", "line 1: '%begin S' is no directive"),
    ],
)
def test_what_is_no_rule_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        read(text, "test")
