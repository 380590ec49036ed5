import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import ConfigurationError
from latentbo.parsing import Grammar, load_grammar, sample_derivation, write_sentence

GRAMMARS = {
    "expressions": load_grammar("expressions"),
    "smiles": load_grammar("smiles"),
    "brackets": Grammar.from_text("S -> '(' S ')' S |"),
}


def test_written_sentence_is_the_leaves_from_left_to_right(expressions: Grammar) -> None:
    # S -> S '+' T, S -> T, T -> 'sin(' S ')', S -> T, T -> 'x', T -> '1'
    assert write_sentence(expressions, [0, 3, 5, 3, 7, 8]) == "sin(x)+1"


@pytest.mark.parametrize(
    "productions",
    [
        [],
        [0, 3, 5, 3, 7],  # T is open
        [0, 3, 5, 3, 7, 8, 8],  # nothing is open
        [0, 7, 8],  # S is leftmost, not T
        [3, 11],
        [3, -4],
    ],
)
def test_what_is_no_derivation_has_no_sentence(
    expressions: Grammar, productions: list[int]
) -> None:
    assert write_sentence(expressions, productions) is None


@given(
    name=st.sampled_from(sorted(GRAMMARS)), seed=st.integers(0, 2**32), extra=st.integers(0, 200)
)
def test_samples_are_complete_and_short_enough(name: str, seed: int, extra: int) -> None:
    grammar = GRAMMARS[name]
    max_length = grammar.minimal_lengths[grammar.start] + extra
    derivation = sample_derivation(grammar, random.Random(seed), max_length)
    assert len(derivation) <= max_length
    assert write_sentence(grammar, derivation) is not None
    assert derivation == sample_derivation(grammar, random.Random(seed), max_length)


def test_samples_use_every_production_and_all_the_room(smiles: Grammar) -> None:
    generator = random.Random(0)
    samples = [sample_derivation(smiles, generator, 60) for _ in range(500)]
    assert {number for sample in samples for number in sample} == set(range(73))
    assert max(map(len, samples)) == 60


def test_too_little_room_for_any_sentence(smiles: Grammar) -> None:
    with pytest.raises(ConfigurationError, match=r"max_length 4 is too small.*needs 5 productions"):
        sample_derivation(smiles, random.Random(0), 4)
