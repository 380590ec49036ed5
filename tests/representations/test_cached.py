from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from latentbo.errors import DataError
from latentbo.parsing import Grammar
from latentbo.representations import (
    CharacterRepresentation,
    GrammarRepresentation,
    Rejected,
    Representation,
)
from latentbo.representations.cached import build_with_cache, encode_with_cache

STRINGS = ["CCO", "x", "CN", "", "CCCCCCCCC"]
Encoded = tuple[Tensor, list[int], list[Rejected]]


@pytest.fixture
def built() -> Representation:
    return CharacterRepresentation.build(["CCCON"], 6)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the bulks that are really encoded."""
    sizes: list[int] = []
    encode = Representation.encode_bulk

    def counted(self: Representation, strings: Any) -> Encoded:
        sizes.append(len(strings))
        return encode(self, strings)

    monkeypatch.setattr(Representation, "encode_bulk", counted)
    return sizes


def assert_same(first: Encoded, second: Encoded) -> None:
    assert first[0].equal(second[0])
    assert first[0].dtype == second[0].dtype
    assert first[1:] == second[1:]


def test_cache_is_used_again(built: Representation, calls: list[int], tmp_path: Path) -> None:
    first = encode_with_cache(built, STRINGS, tmp_path / "cache")
    second = encode_with_cache(built, STRINGS, tmp_path / "cache")
    assert calls == [5]
    assert_same(first, second)
    assert first[1] == [0, 2]
    assert [r.string for r in second[2]] == ["x", "", "CCCCCCCCC"]
    assert_same(first, encode_with_cache(built, STRINGS, None))
    assert calls == [5, 5]


def test_other_inputs_are_encoded_anew(
    built: Representation, calls: list[int], tmp_path: Path
) -> None:
    encode_with_cache(built, STRINGS, tmp_path)
    longer = CharacterRepresentation(built.vocabulary, 7)
    reordered = CharacterRepresentation.build(["NNNNOC"], 6)
    for other, strings in ((built, STRINGS[:4]), (longer, STRINGS), (reordered, STRINGS)):
        tokens, _, _ = encode_with_cache(other, strings, tmp_path)
        assert tokens.equal(other.encode(["CCO", "CN"]).to(tokens.dtype))
    assert calls == [5, 4, 5, 5]


def test_another_grammar_is_encoded_anew(calls: list[int], tmp_path: Path) -> None:
    """Both have the same length and vocabulary size; the tokens differ."""
    sums = Grammar.from_text("S -> S '+' T | T\nT -> 'x' | '1'\n")
    other = Grammar.from_text("S -> T | S '+' T\nT -> 'x' | '1'\n")
    found = []
    for grammar in (sums, other, sums):
        built = GrammarRepresentation(grammar, 9)
        found.append(encode_with_cache(built, ["x+1", "y", "1"], tmp_path))
        assert built.decode(found[-1][0])[0].string == "x+1"
    assert calls == [3, 3]
    assert not found[0][0].equal(found[1][0])
    assert_same(found[0], found[2])
    assert "unexpected 'y'" in found[2][2][0].reason


def test_merges_of_a_grammar_are_learned_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sums = Grammar.from_text("S -> S '+' T | T\nT -> 'x' | '1'\n")
    other = Grammar.from_text("S -> T | S '+' T\nT -> 'x' | '1'\n")

    def build(grammar: Grammar, size: int | None) -> Representation:
        options = {"max_length": 9, "min_count": 1, "grammar": grammar, "vocabulary_size": size}
        return build_with_cache(GrammarRepresentation, ["x+1", "x+x"], tmp_path, **options)

    first = build(sums, 9)
    assert len(first.vocabulary.merges) == 2
    monkeypatch.setattr("latentbo.representations.grammar.learn_inlinings", lambda *_: [])
    assert build(sums, 9).vocabulary == first.vocabulary
    assert build(sums, 9).cache_key() == first.cache_key()
    for grammar, size in ((other, 9), (sums, 8), (sums, None)):
        assert not build(grammar, size).vocabulary.merges


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("content", [None, b"", b"damaged", b"[[99, 1]]", b'{"a": 1}', b"[]", b"3"])
def test_damaged_cache_is_built_anew(
    built: Representation, calls: list[int], tmp_path: Path, suffix: str, content: bytes | None
) -> None:
    first = encode_with_cache(built, STRINGS, tmp_path)
    (path,) = tmp_path.glob(f"*{suffix}")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    for _ in range(2):
        assert_same(encode_with_cache(built, STRINGS, tmp_path), first)
    assert calls == [5, 5]  # once at first, once after the damage


def test_cache_that_cannot_be_written_is_no_error(
    built: Representation, calls: list[int], tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")
    for _ in range(2):
        encode_with_cache(built, STRINGS, file)
    assert calls == [5, 5]


def test_nothing_usable_tells_the_first_reason(built: Representation, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of 2 strings can be used.*'xx' holds the symbol"):
        encode_with_cache(built, ["xx", ""], tmp_path)
    assert list(tmp_path.iterdir()) == []
