from collections import Counter
from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.models import (
    MostFrequent,
    SampleCounts,
    TrainedModel,
    decode_samples,
    decode_tokens,
    most_frequent,
)
from latentbo.parsing import Grammar, load_grammar
from latentbo.representations import (
    END,
    PAD,
    CharacterRepresentation,
    DecodeStatus,
    GrammarRepresentation,
)

GRAMMARS = {
    "expressions": load_grammar("expressions"),
    "smiles": load_grammar("smiles"),
    "user": Grammar.from_text("P -> '(' P ')' P | '[' P ']' P | '.' | 'end'\n"),
}
LENGTH = 40


class RandomDecoder:
    """Logits that depend on the code, the previous token (if it is seen) and the position."""

    def __init__(self, vocabulary_size: int, seed: int, sees_previous: bool = True) -> None:
        self.sees_previous = sees_previous
        generator = torch.Generator().manual_seed(seed)
        shape = (LENGTH, vocabulary_size, vocabulary_size)
        self.table = 2 * torch.randn(shape, generator=generator)
        self.projection = torch.randn(3, vocabulary_size, generator=generator)

    def initial_state(self, codes: Tensor) -> Tensor:
        return torch.zeros(1, len(codes), 1)

    def __call__(self, codes: Tensor, previous: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        seen = previous[:, 0] if self.sees_previous else torch.zeros_like(previous[:, 0])
        rows = self.table[state[0, :, 0].long(), seen]
        return (rows + codes @ self.projection)[:, None], state + 1


class RandomModel:
    def __init__(self, name: str, seed: int = 0, sees_previous: bool = True) -> None:
        self.representation = GrammarRepresentation(GRAMMARS[name], LENGTH)
        size = len(self.representation.vocabulary)
        self.decoder = RandomDecoder(size, seed, sees_previous)

    def sample(self, codes: Tensor, num_samples: int, seed: int, **options: Any) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return decode_samples(
            self, self.representation, codes, num_samples, generator=generator, **options
        )


def codes_of(number: int, seed: int = 1) -> Tensor:
    return torch.randn(number, 3, generator=torch.Generator().manual_seed(seed))


@given(
    st.sampled_from(sorted(GRAMMARS)),
    st.integers(0, 2**32),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 1.0, 20.0]),
)
@settings(max_examples=settings().max_examples // 2)
def test_every_decode_that_ends_is_a_sentence(
    name: str, seed: int, sees_previous: bool, temperature: float
) -> None:
    model = RandomModel(name, seed, sees_previous)
    representation = model.representation
    tokens = model.sample(codes_of(3, seed), 4, seed, temperature=temperature).flatten(0, 1)
    for row, decoded in zip(tokens.tolist(), representation.decode(tokens), strict=True):
        if END not in row:
            assert decoded.status is DecodeStatus.UNFINISHED
            assert PAD not in row
            continue
        assert decoded.status is DecodeStatus.COMPLETE
        assert decoded.string is not None
        assert representation.indices(decoded.string) == row[: row.index(END) + 1]
        assert set(row[row.index(END) + 1 :]) <= {PAD}


@pytest.mark.parametrize("name", GRAMMARS)
@pytest.mark.parametrize("sees_previous", [True, False])
def test_samples_do_not_depend_on_what_is_decoded_together(name: str, sees_previous: bool) -> None:
    model, codes = RandomModel(name, 5, sees_previous), codes_of(7)
    together = model.sample(codes, 20, 3)
    assert together.shape == (7, 20, LENGTH)
    assert together.dtype == torch.uint8
    for rows_at_once in (1, 45, 10_000):
        assert model.sample(codes, 20, 3, rows_at_once=rows_at_once).equal(together)
    generator = torch.Generator().manual_seed(3)
    for code, expected in zip(codes, together, strict=True):
        alone = decode_samples(model, model.representation, code[None], 20, 1.0, generator)
        assert alone[0].equal(expected)


def test_samples_of_a_code_are_those_of_single_rows() -> None:
    """What equal beginnings share changes nothing: each row, decoded by itself, is the same."""
    model, code = RandomModel("user", 2), codes_of(1)
    together = model.sample(code, 50, 0)[0]
    rows = model.sample(code.expand(50, -1), 1, 0)[:, 0]
    assert together.equal(rows)
    assert 5 < len(together.unique(dim=0)) < 50


def test_logits_of_the_code_alone_may_be_shared() -> None:
    shared, repeated = (RandomModel("smiles", 4, False) for _ in range(2))
    repeated.decoder.table[:] = repeated.decoder.table[:, :1]
    repeated.decoder.sees_previous = True
    codes = codes_of(4)
    assert shared.sample(codes, 30, 0).equal(repeated.sample(codes, 30, 0))


def test_temperature_zero_is_greedy_and_cold_samples_are_too() -> None:
    model, codes = RandomModel("expressions", 1), codes_of(9)
    greedy = decode_tokens(model, model.representation, codes)
    for temperature in (0.0, 1e-5):
        samples = model.sample(codes, 3, 0, temperature=temperature)
        assert samples.equal(greedy.to(torch.uint8)[:, None].expand(-1, 3, -1))


def test_samples_follow_the_generator() -> None:
    model, codes = RandomModel("expressions", 1), codes_of(3)
    assert model.sample(codes, 9, 0).equal(model.sample(codes, 9, 0))
    assert not model.sample(codes, 9, 0).equal(model.sample(codes, 9, 1))
    assert model.sample(codes[:0], 9, 0).shape == (0, 9, LENGTH)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_samples_have_the_decoder_s_probabilities(temperature: float) -> None:
    """First and second token, against the softmax over the allowed tokens."""
    model, code = RandomModel("expressions", 7), codes_of(1)
    num_samples = 20_000
    pairs = model.sample(code, num_samples, 0, temperature=temperature)[0, :, :2].long()
    mask = model.representation.decoder_mask(1, torch.device("cpu"))
    bias = code @ model.decoder.projection
    first = model.decoder.table[0, 1] + bias[0]
    expected = (first / temperature).masked_fill(~mask.allowed()[0], -torch.inf).softmax(0)
    found = pairs[:, 0].bincount(minlength=len(expected)) / num_samples
    assert (found - expected).abs().max() < 4 * 0.5 / num_samples**0.5

    token = int(expected.argmax())
    mask.advance(torch.tensor([token]))
    then = model.decoder.table[1, token] + bias[0]
    expected = (then / temperature).masked_fill(~mask.allowed()[0], -torch.inf).softmax(0)
    chosen = pairs[pairs[:, 0] == token, 1]
    found = chosen.bincount(minlength=len(expected)) / len(chosen)
    assert (found - expected).abs().max() < 4 * 0.5 / len(chosen) ** 0.5


@pytest.mark.parametrize(("num_samples", "temperature"), [(0, 1.0), (-1, 0.0), (3, -0.1)])
def test_impossible_samples_are_refused(num_samples: int, temperature: float) -> None:
    model = RandomModel("user")
    with pytest.raises(ConfigurationError, match="cannot be drawn: at least one sample, and a"):
        model.sample(codes_of(2), num_samples, 0, temperature=temperature)


LETTERS = CharacterRepresentation.build(["aaabbc"], 4)


def tokens_of(*codes: str) -> Tensor:
    """One code for each text, whose words are its samples; `-` has no end."""
    unfinished = [3, 3, 3, 3]
    rows = [
        [unfinished if word == "-" else LETTERS.encode([word])[0].tolist() for word in code.split()]
        for code in codes
    ]
    return torch.tensor(rows, dtype=torch.uint8)


def test_the_most_frequent_canonical_string_wins() -> None:
    """`ab` and `ba` are the same thing, and `c` is none."""
    asked: list[str] = []

    def accept(string: str) -> str | None:
        asked.append(string)
        return None if "c" in string else "".join(sorted(string))

    tokens = tokens_of("ab ba b b ab", "c c c a -", "- - - c cc", "b a a b c")
    results = most_frequent(tokens, LETTERS, accept)
    assert results == [
        MostFrequent("ab", 3, SampleCounts(5, 0, 0)),
        MostFrequent("a", 1, SampleCounts(5, 1, 3)),
        MostFrequent(None, 0, SampleCounts(5, 3, 2)),
        MostFrequent("a", 2, SampleCounts(5, 0, 1)),  # as frequent as b, and before it
    ]
    assert sorted(asked) == ["a", "ab", "b", "ba", "c", "cc"]  # each string once
    assert [(r.counts.complete, r.counts.valid) for r in results] == [
        (5, 5),
        (4, 1),
        (2, 0),
        (5, 4),
    ]
    assert most_frequent(tokens[:0], LETTERS, accept) == []


def test_what_has_no_string_is_invalid() -> None:
    empty, unreadable = [END, PAD, PAD, PAD], [3, PAD, END, PAD]
    (result,) = most_frequent(torch.tensor([[empty, unreadable]]), LETTERS, str)
    assert result == MostFrequent(None, 0, SampleCounts(2, 0, 2))


@given(st.sampled_from(sorted(GRAMMARS)), st.integers(0, 2**32))
@settings(max_examples=settings().max_examples // 5)
def test_votes_equal_counting_one_by_one(name: str, seed: int) -> None:
    model = RandomModel(name, seed)
    tokens = model.sample(codes_of(2, seed), 30, seed)

    def accept(string: str) -> str | None:
        return None if len(string) % 3 == 0 else string

    results = most_frequent(tokens, model.representation, accept)
    for rows, result in zip(tokens, results, strict=True):
        decoded = model.representation.decode(rows)
        strings = [accept(row.string) for row in decoded if row.string is not None]
        votes = Counter(string for string in strings if string is not None)
        unfinished = sum(row.status is DecodeStatus.UNFINISHED for row in decoded)
        assert result.counts == SampleCounts(30, unfinished, strings.count(None))
        assert result.counts.valid == votes.total()
        assert result.counts.unfinished + result.counts.complete == result.counts.total
        assert result.votes == max(votes.values(), default=0)
        best = sorted(string for string, n in votes.items() if n == result.votes)
        assert result.string == (best[0] if best else None)


def test_counts_of_codes_are_added() -> None:
    assert reduce(add, [SampleCounts(5, 1, 2), SampleCounts(3, 0, 3)]) == SampleCounts(8, 1, 5)


def test_model_decodes_to_the_most_frequent_string(
    make_model: Callable[..., TrainedModel],
) -> None:
    model = make_model("characters")
    codes = model.prior.sample(30, torch.Generator().manual_seed(0)).double()

    def accept(string: str) -> str | None:
        return string.upper() if len(string) < 12 else None

    def decode(temperature: float) -> list[MostFrequent]:
        generator = torch.Generator().manual_seed(1)
        return model.decode_most_frequent(codes, 40, accept, temperature, generator)

    results = decode(1.0)
    assert results == decode(1.0)
    assert reduce(add, [result.counts for result in results]).total == 30 * 40
    greedy = [accept(row.string or "x" * 12) for row in model.decode(codes)]
    assert [result.string for result in decode(0.0)] == greedy
    assert {result.votes for result in decode(0.0)} <= {0, 40}
    assert any(string is not None for string in greedy)
