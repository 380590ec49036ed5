import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.parsing import load_grammar
from latentbo.representations import (
    BEGIN,
    END,
    PAD,
    REPRESENTATIONS,
    CharacterRepresentation,
    Decoded,
    DecodeStatus,
    Representation,
    RepresentationError,
    SelfiesRepresentation,
    Vocabulary,
    from_config,
)
from latentbo.representations.base import shorten

SMILES = load_grammar("smiles")


@pytest.fixture
def abc() -> Representation:
    return CharacterRepresentation.build(["aaabbc"], max_length=6)


def test_a_row_is_symbols_end_padding(abc: Representation) -> None:
    assert abc.indices("abc") == [3, 4, 5, END]
    assert abc.encode(["abc", "b"]).tolist() == [
        [3, 4, 5, END, PAD, PAD],
        [4, END, PAD, PAD, PAD, PAD],
    ]


@given(st.lists(st.text("abc", min_size=1, max_size=5), max_size=5))
def test_round_trip(strings: list[str]) -> None:
    abc = CharacterRepresentation.build(["abc"], max_length=6)
    tokens = abc.encode(strings)
    assert tokens.shape == (len(strings), 6)
    assert tokens.dtype == torch.int64
    assert abc.decode(tokens) == [Decoded(s, DecodeStatus.COMPLETE) for s in strings]


def test_unknown_symbol_names_string_position_and_remedy(abc: Representation) -> None:
    message = r"'abxa' holds the symbol 'x' \(number 3 of 4\).*leave the string out.*train on"
    with pytest.raises(RepresentationError, match=message):
        abc.indices("abxa")


def test_longest_string_fits_and_the_next_is_refused(abc: Representation) -> None:
    assert abc.indices("aaaaa")[-1] == END
    message = r"'aaaaaa' has 6 symbols.*at most 5 .*number 5.*larger --max-length"
    with pytest.raises(RepresentationError, match=message):
        abc.indices("aaaaaa")


@pytest.mark.parametrize("kind", REPRESENTATIONS.values(), ids=REPRESENTATIONS.keys())
def test_empty_string_is_refused(kind: type[Representation]) -> None:
    with pytest.raises(RepresentationError, match="empty string has no symbols: remove the line"):
        kind.build(["CC"], 9, grammar=SMILES).encode(["C", ""])


def test_messages_stay_readable(abc: Representation) -> None:
    with pytest.raises(RepresentationError) as caught:
        abc.indices("a" * 5000)
    assert len(str(caught.value)) < 300
    assert shorten("a" * 80) == "a" * 80
    assert shorten("a" * 81) == "a" * 79 + "…"


def test_bulk_encoding_counts_and_explains_what_it_skips(abc: Representation) -> None:
    tokens, positions, rejected = abc.encode_bulk(iter(["ab", "xy", "", "c", "aaaaaaa"]))
    assert positions == [0, 3]
    assert tokens.dtype == torch.uint8
    assert tokens.tolist() == abc.encode(["ab", "c"]).tolist()
    assert [(r.position, r.string) for r in rejected] == [(1, "xy"), (2, ""), (4, "aaaaaaa")]
    assert "symbol 'x'" in rejected[0].reason
    assert "empty" in rejected[1].reason
    assert "7 symbols" in rejected[2].reason


def test_bulk_encoding_of_nothing_usable(abc: Representation) -> None:
    tokens, positions, rejected = abc.encode_bulk(["z", "zz"])
    assert tokens.shape == (0, 6)
    assert (positions, len(rejected)) == ([], 2)


def test_bulk_encoding_holds_large_vocabularies() -> None:
    letters = [chr(0x4E00 + i) for i in range(300)]
    large = CharacterRepresentation.build(letters, 3)
    tokens, _, _ = large.encode_bulk(letters)
    assert [row.string for row in large.decode(tokens)] == letters


def test_unsplittable_strings_are_left_out_of_the_vocabulary() -> None:
    built = CharacterRepresentation.build(["ab", "c[", "", "b"], 4)
    assert built.vocabulary.symbols[3:] == ("b", "a")


@pytest.mark.parametrize(
    ("row", "status", "string"),
    [
        ([3, 4, END, PAD], DecodeStatus.COMPLETE, "ab"),
        ([3, END, 5, BEGIN], DecodeStatus.COMPLETE, "a"),  # after the end nothing counts
        ([3, 4, 5, 3], DecodeStatus.UNFINISHED, None),
        ([END, PAD, PAD, PAD], DecodeStatus.EMPTY, None),
        ([3, PAD, 4, END], DecodeStatus.UNREADABLE, None),
        ([BEGIN, 3, END, PAD], DecodeStatus.UNREADABLE, None),
    ],
)
def test_decode_status(
    abc: Representation, row: list[int], status: DecodeStatus, string: str | None
) -> None:
    assert abc.decode(torch.tensor([row])) == [Decoded(string, status)]


@pytest.mark.parametrize("num_rows", [1, 3])
def test_mask_allows_all_but_padding_and_begin(abc: Representation, num_rows: int) -> None:
    mask = abc.decoder_mask(num_rows, torch.device("cpu"))
    for _ in range(2):  # a constant mask: what was emitted and dropped changes nothing
        allowed = mask.allowed().expand(num_rows, -1)
        assert allowed.tolist() == [[False, False, True, True, True, True]] * num_rows
        mask.advance(torch.full((num_rows,), 3))
        mask.keep(torch.ones(num_rows, dtype=torch.bool))


@pytest.mark.parametrize("kind", REPRESENTATIONS.values(), ids=REPRESENTATIONS.keys())
def test_config_builds_the_same_representation(kind: type[Representation]) -> None:
    built = kind.build(["CCO", "c1ccccc1"], 20, grammar=SMILES)
    again = from_config(built.to_config(), built.vocabulary)
    assert type(again) is kind
    assert again.encode(["CCO"]).equal(built.encode(["CCO"]))
    assert again.cache_key() == built.cache_key()


def test_unknown_name_names_the_choices() -> None:
    with pytest.raises(ConfigurationError, match=r"'morse'.*selfies, smiles, characters, grammar"):
        from_config({"name": "morse", "max_length": 3}, Vocabulary.from_sequences([]))


def test_registry_goes_by_the_names_of_the_classes() -> None:
    assert REPRESENTATIONS["selfies"] is SelfiesRepresentation
    assert {name: kind.name for name, kind in REPRESENTATIONS.items()} == {
        name: name for name in REPRESENTATIONS
    }


def test_cache_keys_follow_everything_that_encoding_depends_on(
    abc: Representation, monkeypatch: pytest.MonkeyPatch
) -> None:
    selfies = SelfiesRepresentation.build(["CCO"], 6)
    others = [
        CharacterRepresentation(abc.vocabulary, 7),
        CharacterRepresentation.build(["bbbac"], 6),
        CharacterRepresentation(selfies.vocabulary, 6),
    ]
    keys = {built.cache_key() for built in (abc, selfies, *others)}
    monkeypatch.setattr("latentbo.representations.selfies.version", lambda name: "0.0")
    keys.add(selfies.cache_key())
    assert len(keys) == 6
