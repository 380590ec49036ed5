import random
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    TrainedModel,
    alternatives,
    load_model,
    make_network,
    save_model,
)
from latentbo.models.files import read_json, write_json
from latentbo.parsing import Grammar, load_grammar, parser_for, sample_derivation, write_sentence
from latentbo.representations import (
    BEGIN,
    END,
    PAD,
    Decoded,
    DecodeStatus,
    GrammarRepresentation,
    RepresentationError,
    Vocabulary,
    from_config,
)
from latentbo.representations.grammar import FIRST

GRAMMARS = {
    "expressions": load_grammar("expressions"),
    "smiles": load_grammar("smiles"),
    "brackets": Grammar.from_text("S -> '(' S ')' S |"),
    "ambiguous": Grammar.from_text("E -> E '+' E | A | B\nA -> 'x' | '(' E ')'\nB -> 'x'\n"),
}
CPU = torch.device("cpu")
LENGTH = 30


def sentences(grammar: Grammar, seed: int, number: int, max_length: int = 25) -> list[str]:
    chance = random.Random(seed)
    written = [
        write_sentence(grammar, sample_derivation(grammar, chance, max_length))
        for _ in range(number)
    ]
    return [sentence for sentence in written if sentence]


def merged(name: str, extra: int = 30, number: int = 60) -> GrammarRepresentation:
    grammar = GRAMMARS[name]
    strings = sentences(grammar, 0, number)
    size = FIRST + len(grammar.productions) + extra
    return GrammarRepresentation.build(strings, LENGTH, grammar=grammar, vocabulary_size=size)


MERGED = {name: merged(name) for name in GRAMMARS}


def random_rows(representation: GrammarRepresentation, number: int, seed: int) -> Tensor:
    """Decode random logits under the mask, as the decoders of models do."""
    generator = torch.Generator().manual_seed(seed)
    mask = representation.decoder_mask(number, CPU)
    columns = []
    for _ in range(representation.max_length):
        logits = 3 * torch.randn(number, len(representation.vocabulary), generator=generator)
        columns.append(logits.masked_fill(~mask.allowed(), -torch.inf).argmax(1))
        mask.advance(columns[-1])
    return torch.stack(columns, 1)


@given(st.sampled_from(sorted(GRAMMARS)), st.integers(0, 2**32))
@settings(max_examples=settings().max_examples // 2)
def test_rows_are_shorter_and_mean_the_same(name: str, seed: int) -> None:
    representation, grammar = MERGED[name], GRAMMARS[name]
    for string in sentences(grammar, seed, 3):
        plain = [FIRST + production for production in parser_for(grammar).parse(string)]
        *row, end = representation.indices(string)
        assert end == END
        assert len(row) <= len(plain)
        assert representation.expand(row) == plain
        assert representation.contract(plain) == row
        names = representation.vocabulary.symbols
        assert representation.symbols(string) == [names[token] for token in plain]
        assert representation.join(representation.symbols(string)) == string
        assert representation.decode(torch.tensor([[*row, END]])) == [
            Decoded(string, DecodeStatus.COMPLETE)
        ]


@given(st.sampled_from(sorted(GRAMMARS)), st.booleans(), st.integers(0, 2**32))
@settings(max_examples=settings().max_examples // 2)
def test_every_finished_decode_is_a_sentence_of_the_original_grammar(
    name: str, finishes: bool, seed: int
) -> None:
    representation, grammar = MERGED[name], GRAMMARS[name]
    if finishes:
        representation = representation.finishing()
    rows = random_rows(representation, 20, seed)
    for row, decoded in zip(rows.tolist(), representation.decode(rows), strict=True):
        assert (decoded.status is DecodeStatus.UNFINISHED) == (END not in row)
        assert END in row or not finishes
        if END in row:
            plain = representation.expand(row[: row.index(END)])
            sentence = write_sentence(grammar, [token - FIRST for token in plain])
            assert sentence == (decoded.string or "")
            parser_for(grammar).parse(sentence)


@pytest.mark.parametrize("name", ["expressions", "smiles"])
def test_random_decodes_use_merged_productions(name: str) -> None:
    rows = random_rows(MERGED[name].finishing(), 200, 0)
    assert (rows >= len(MERGED[name].vocabulary.symbols)).sum() > 200


def test_building_depends_on_the_data_alone() -> None:
    first, second = merged("smiles"), merged("smiles")
    assert len(first.vocabulary) == FIRST + 73 + 30
    assert first.vocabulary == second.vocabulary
    assert first.vocabulary == Vocabulary.from_json(first.vocabulary.to_json())
    assert first.grammar == GRAMMARS["smiles"]
    assert first.vocabulary.symbols == GrammarRepresentation(first.grammar, 9).vocabulary.symbols
    fewer = merged("smiles", 10)
    assert fewer.vocabulary.merges == first.vocabulary.merges[:10]


def test_what_is_no_sentence_and_what_is_long_do_no_harm() -> None:
    grammar = GRAMMARS["expressions"]
    size = FIRST + len(grammar.productions) + 2
    strings = ["x+x", "no sentence", "", "x+x+x+x+x+x+x+x"]
    built = GrammarRepresentation.build(strings, 5, grammar=grammar, vocabulary_size=size)
    assert len(built.vocabulary) == size
    others = GrammarRepresentation.build(iter(strings), 5, grammar=grammar, vocabulary_size=size)
    assert others.vocabulary == built.vocabulary


def test_of_many_strings_evenly_spaced_ones_are_learned_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("latentbo.representations.grammar.LEARNED_FROM", 3)
    strings = ["x", "1", "x", "1", "x", "1"]
    grammar = GRAMMARS["expressions"]
    size = FIRST + len(grammar.productions)
    built = GrammarRepresentation.build(strings, 5, grammar=grammar, vocabulary_size=size + 2)
    assert [str(p) for p in built.token_grammar.productions[11:]] == ["S -> 'x'"]


def test_no_string_is_refused_because_of_merges() -> None:
    grammar = GRAMMARS["expressions"]
    longest = "+".join("x" * 7)
    plain = GrammarRepresentation(grammar, 15)
    short = GrammarRepresentation(grammar, 15, MERGED["expressions"].vocabulary.merges)
    assert len(plain.indices(longest)) == 15
    assert len(short.indices(longest)) < 10
    # Merges let strings in that are else too long.
    assert short.indices(longest + "+x+x")
    with pytest.raises(RepresentationError, match=r"has \d+ merged productions.*at most 14.*--max"):
        short.indices(longest + "*(exp(1)/2/sin(3))/3" * 6)


def test_bulk_encoding_of_more_than_256_tokens() -> None:
    large = merged("smiles", 200, 400)
    assert len(large.vocabulary) > 256
    strings = sentences(GRAMMARS["smiles"], 5, 20)
    tokens, positions, rejected = large.encode_bulk(strings)
    assert tokens.dtype == torch.int16
    assert positions == list(range(len(strings)))
    assert not rejected
    assert [row.string for row in large.decode(tokens)] == strings


def test_rivals_of_a_token_are_all_of_the_same_left_hand_side() -> None:
    representation = MERGED["expressions"]
    table = alternatives(representation)
    assert table is not None
    sides = [production.lhs for production in representation.token_grammar.productions]
    assert table.shape == (len(representation.vocabulary), len(representation.vocabulary))
    assert table[FIRST:, FIRST:].tolist() == [[a == b for b in sides] for a in sides]
    assert not table[FIRST:, :FIRST].any()
    assert table[[PAD, BEGIN, END]].nonzero()[:, 1].tolist() == [END] * 3
    tokens = representation.encode(sentences(representation.grammar, 1, 10))
    mask = representation.decoder_mask(len(tokens), CPU)
    for column in tokens.T:
        going_on = column != PAD
        assert mask.allowed()[going_on].equal(table[column[going_on]])
        mask.advance(column.masked_fill(~going_on, END))


def test_cache_key_follows_the_merges() -> None:
    grammar = GRAMMARS["expressions"]
    merges = MERGED["expressions"].vocabulary.merges
    keys = [
        GrammarRepresentation(grammar, LENGTH, used).cache_key()
        for used in ((), merges, merges[:-1], merges)
    ]
    assert len(set(keys)) == 3
    assert keys[1] == keys[3]
    # Encodings of models without merges stay in the cache.
    assert keys[0] == f"grammar-{grammar.fingerprint}-{LENGTH}"


def test_finishing_tells_a_length_that_holds_no_sentence() -> None:
    grammar = Grammar.from_text("S -> 'a' T\nT -> 'b' U\nU -> 'c'\n")
    with pytest.raises(ConfigurationError, match="has 3 productions"):
        GrammarRepresentation(grammar, 3).finishing()
    # S -> 'a' 'b' U needs one more.
    short = GrammarRepresentation(grammar, 3, [(3, 0, 4)]).finishing()
    assert short.decode(random_rows(short, 1, 0)) == [Decoded("abc", DecodeStatus.COMPLETE)]


def test_a_vocabulary_smaller_than_the_grammar_is_refused() -> None:
    grammar = GRAMMARS["expressions"]
    with pytest.raises(
        ConfigurationError, match=r"hold the 11 productions of the grammar.*--vocabulary-size of at"
    ):
        GrammarRepresentation.build(["x"], 5, grammar=grammar, vocabulary_size=13)
    assert not GrammarRepresentation.build(
        ["x", "x"], 5, grammar=grammar, vocabulary_size=14
    ).vocabulary.merges


def test_config_builds_the_same_representation() -> None:
    built = MERGED["ambiguous"]
    again = from_config(built.to_config(), built.vocabulary)
    assert isinstance(again, GrammarRepresentation)
    assert again.token_grammar == built.token_grammar
    assert again.cache_key() == built.cache_key()
    assert again.encode(["x+(x)+x"]).equal(built.encode(["x+(x)+x"]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    representation = MERGED["expressions"]
    config = NetworkConfig(4, 8, 8, 8, 1)
    torch.manual_seed(0)
    network = make_network(len(representation.vocabulary), config)
    save_model(TrainedModel(network, representation, config, PriorConfig(4)), tmp_path)
    return tmp_path


def test_a_model_folder_keeps_the_merges(folder: Path) -> None:
    model = load_model(folder)
    built = MERGED["expressions"]
    strings = sentences(built.grammar, 7, 10)
    assert model.representation.vocabulary == built.vocabulary
    assert model.representation.encode(strings).equal(built.encode(strings))
    finishing = model.finishing()
    for decoded in finishing.decode(torch.randn(20, 4), 1.0, torch.Generator().manual_seed(0)):
        assert decoded.string is not None
        assert model.can_encode(decoded.string)
    tokens = model.representation.encode(strings)
    assert model.log_likelihood(tokens, model.encode(strings)).isfinite().all()


@pytest.mark.parametrize(
    ("merges", "message"),
    [
        ([[3, 400, 3]], "merge 1 of 1 is .*no non-terminal 400 .*restore the vocabulary file"),
        ([[3, 1, 400]], "from 3 to 13"),
        ([[3, 1]], "three numbers"),
        ([[6, 0, 10], [6, 0, 10]], "merge 2 of 2 .* S -> 'x' is token 14 already"),
        ([], "size mismatch"),
    ],
)
def test_merges_that_do_not_fit_the_grammar_are_refused(
    folder: Path, merges: list[list[int]], message: str
) -> None:
    path = folder / "vocabulary.json"
    write_json(path, {**read_json(path), "merges": merges})
    with pytest.raises((CheckpointError, ConfigurationError), match=message):
        load_model(folder)
