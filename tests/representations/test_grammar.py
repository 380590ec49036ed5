import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.parsing import Grammar, load_grammar, sample_derivation, write_sentence
from latentbo.representations import (
    END,
    PAD,
    Decoded,
    DecodeStatus,
    GrammarRepresentation,
    RepresentationError,
    Vocabulary,
    from_config,
)

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@@H](N)C(=O)[O-]",
    "ClC1=CC=C(Br)C=C1",
    r"F/C=C\F",
    "C[N+](C)(C)CC#N",
    "O=S(=O)(c1ccc2[nH]ccc2c1)N1CCOCC1",
]


@pytest.fixture
def expressions() -> GrammarRepresentation:
    return GrammarRepresentation(load_grammar("expressions"), 15)


@pytest.fixture
def smiles() -> GrammarRepresentation:
    return GrammarRepresentation(load_grammar("smiles"), 277)


def test_a_row_is_the_leftmost_derivation(expressions: GrammarRepresentation) -> None:
    (row,) = expressions.encode(["x+sin(1)"]).tolist()
    end = row.index(END)
    assert [expressions.vocabulary.symbols[token] for token in row[:end]] == [
        "S -> S '+' T",
        "S -> T",
        "T -> 'x'",
        "T -> 'sin(' S ')'",
        "S -> T",
        "T -> '1'",
    ]
    assert row[end + 1 :] == [PAD] * (14 - end)


def test_vocabulary_is_the_grammar_s_productions(smiles: GrammarRepresentation) -> None:
    """Production i is token i + 3."""
    grammar = smiles.grammar
    assert smiles.vocabulary.symbols[3:] == tuple(str(p) for p in grammar.productions)
    derivation = sample_derivation(grammar, random.Random(0), 200)
    sentence = write_sentence(grammar, derivation)
    assert sentence is not None
    assert smiles.indices(sentence) == [i + 3 for i in derivation] + [END]


@pytest.mark.parametrize("string", MOLECULES)
def test_symbols_and_tokens_are_read_back(smiles: GrammarRepresentation, string: str) -> None:
    symbols = smiles.symbols(string)
    assert smiles.join(symbols) == string
    assert smiles.join(symbols[:-1]) is None
    assert smiles.join([*symbols, "smiles -> nothing"]) is None
    assert smiles.decode(smiles.encode([string])) == [Decoded(string, DecodeStatus.COMPLETE)]


@given(st.sampled_from(["expressions", "smiles"]), st.integers(0, 2**32))
@settings(max_examples=settings().max_examples // 2)
def test_any_sentence_that_fits_comes_back(name: str, seed: int) -> None:
    grammar = load_grammar(name)
    representation = GrammarRepresentation(grammar, 61)
    sentence = write_sentence(grammar, sample_derivation(grammar, random.Random(seed), 60))
    assert sentence is not None
    tokens = representation.encode([sentence])
    assert representation.decode(tokens) == [Decoded(sentence, DecodeStatus.COMPLETE)]


def test_parse_error_has_a_caret_and_in_tables_one_line(smiles: GrammarRepresentation) -> None:
    message = r"(?s)'CCXC' is not a sentence of the grammar: unexpected 'X'.*\n  CCXC\n    \^\n"
    with pytest.raises(RepresentationError, match=message) as caught:
        smiles.encode(["CC", "CCXC"])
    assert "leave it out" in str(caught.value)
    _, _, (rejected,) = smiles.encode_bulk(["CC", "CCXC"])
    assert len(rejected.reason.splitlines()) == 1
    for part in (
        "'CCXC' is not a sentence",
        "unexpected 'X' at character 3",
        "expected",
        "leave it",
    ):
        assert part in rejected.reason


def test_longest_derivation_fits_and_the_next_is_refused(
    expressions: GrammarRepresentation,
) -> None:
    fits = "+".join("x" * 7)
    assert len(expressions.indices(fits)) == 15
    with pytest.raises(RepresentationError, match=r"has 16 productions.*at most 14.*--max-length"):
        expressions.indices(fits + "+x")


def test_bulk_encoding_equals_encoding(smiles: GrammarRepresentation) -> None:
    strings = [MOLECULES[0], "", "C1CC(", MOLECULES[1], "C" * 200, *MOLECULES[2:]]
    tokens, positions, rejected = smiles.encode_bulk(strings)
    assert tokens.dtype == torch.uint8
    assert tokens.tolist() == smiles.encode(MOLECULES).tolist()
    assert positions == [0, 3, 5, 6, 7, 8]
    assert [r.position for r in rejected] == [1, 2, 4]
    assert "empty" in rejected[0].reason
    assert "801 productions" in rejected[2].reason


def test_bulk_encoding_in_parts(
    expressions: GrammarRepresentation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("latentbo.representations.base.BULK", 2)
    strings = ["x", "y", "1+x", "z", "2", "3", "x/x"]
    tokens, positions, rejected = expressions.encode_bulk(strings)
    assert [row.string for row in expressions.decode(tokens)] == ["x", "1+x", "2", "3", "x/x"]
    assert positions == [0, 2, 4, 5, 6]
    assert [r.position for r in rejected] == [1, 3]


@pytest.mark.parametrize(
    ("productions", "status", "string"),
    [
        (["S -> T", "T -> 'x'"], DecodeStatus.COMPLETE, "x"),
        (["S -> S '+' T", "S -> T", "T -> 'x'"], DecodeStatus.UNFINISHED, None),
        (["T -> 'x'"], DecodeStatus.UNREADABLE, None),
        (["S -> T", "T -> 'x'", "T -> 'x'"], DecodeStatus.UNREADABLE, None),
        ([], DecodeStatus.UNFINISHED, None),
    ],
)
def test_decode_status(
    expressions: GrammarRepresentation,
    productions: list[str],
    status: DecodeStatus,
    string: str | None,
) -> None:
    body = [expressions.vocabulary.indices[symbol] for symbol in productions]
    assert expressions.decode(torch.tensor([[*body, END]])) == [Decoded(string, status)]
    without_end = expressions.decode(torch.tensor([body], dtype=torch.int64))
    assert without_end == [Decoded(None, DecodeStatus.UNFINISHED)]


def test_special_tokens_inside_are_unreadable(expressions: GrammarRepresentation) -> None:
    (decoded,) = expressions.decode(torch.tensor([[3, PAD, 4, END]]))
    assert decoded.status is DecodeStatus.UNREADABLE


def test_config_builds_the_same_representation() -> None:
    grammar = Grammar.from_text("P -> '(' P ')' P | '[' P ']' P | '.'\n")
    built = GrammarRepresentation.build(["no sentence"], 40, min_count=9, grammar=grammar)
    again = from_config(built.to_config(), built.vocabulary)
    assert isinstance(again, GrammarRepresentation)
    assert again.grammar == grammar
    assert again.encode(["([.].)."]).equal(built.encode(["([.].)."]))
    assert again.cache_key() == built.cache_key()


def test_foreign_vocabulary_is_refused(expressions: GrammarRepresentation) -> None:
    shuffled = Vocabulary((*expressions.vocabulary.symbols[:3], "a", "b"))
    with pytest.raises(ConfigurationError, match=r"5 symbols are not .* the 11 productions"):
        from_config(expressions.to_config(), shuffled)


def test_finishing_changes_the_mask_and_nothing_else(expressions: GrammarRepresentation) -> None:
    finishing = expressions.finishing()
    assert finishing.cache_key() == expressions.cache_key()
    assert finishing.encode(["x/x"]).equal(expressions.encode(["x/x"]))
    generator = torch.Generator().manual_seed(0)
    endings = {}
    for built in (expressions, finishing):
        mask = built.decoder_mask(200, torch.device("cpu"))
        tokens = torch.zeros(200, 0, dtype=torch.int64)
        for _ in range(built.max_length):
            tokens_now = torch.multinomial(mask.allowed().float(), 1, generator=generator)
            mask.advance(tokens_now[:, 0])
            tokens = torch.cat([tokens, tokens_now], 1)
        endings[built] = {row.status for row in built.decode(tokens)}
    assert endings[expressions] == {DecodeStatus.COMPLETE, DecodeStatus.UNFINISHED}
    assert endings[finishing] == {DecodeStatus.COMPLETE}


def test_a_length_that_holds_no_sentence_cannot_finish() -> None:
    grammar = Grammar.from_text("S -> 'a' T\nT -> 'b' U\nU -> 'c'\n")
    assert GrammarRepresentation(grammar, 4).finishing().max_length == 4
    with pytest.raises(ConfigurationError, match="has 3 productions, this model holds at most 2"):
        GrammarRepresentation(grammar, 3).finishing()


def test_no_grammar_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="needs a grammar: add --grammar"):
        GrammarRepresentation.build(["x"], 5)


def test_cache_key_follows_grammar_and_length(expressions: GrammarRepresentation) -> None:
    reordered = Grammar.from_text("%start S\nT -> 'x' | '1'\nS -> T\n")
    others = [
        GrammarRepresentation(expressions.grammar, 16),
        GrammarRepresentation(load_grammar("smiles"), 15),
        GrammarRepresentation(reordered, 15),
    ]
    keys = {built.cache_key() for built in (expressions, *others)}
    assert len(keys) == 4
