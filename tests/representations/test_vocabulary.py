import pytest

from latentbo.errors import ConfigurationError
from latentbo.representations import BEGIN, END, PAD, Vocabulary
from latentbo.representations.vocabulary import SPECIAL_SYMBOLS


def test_special_symbols_have_the_first_indices() -> None:
    assert [SPECIAL_SYMBOLS[i] for i in (PAD, BEGIN, END)] == ["<pad>", "<bos>", "<eos>"]


def test_symbols_by_frequency_then_alphabet() -> None:
    vocabulary = Vocabulary.from_sequences([["b", "a"], ["c", "c"], ["rare", "a", "b"]], 2)
    assert vocabulary.symbols == (*SPECIAL_SYMBOLS, "a", "b", "c")
    assert vocabulary.indices == {"a": 3, "b": 4, "c": 5}
    assert len(vocabulary) == 6


def test_special_symbols_are_no_symbols_of_a_string() -> None:
    vocabulary = Vocabulary.from_sequences([["a"]])
    assert not set(SPECIAL_SYMBOLS) & vocabulary.indices.keys()


def test_special_symbols_must_stand_in_front() -> None:
    with pytest.raises(ConfigurationError, match=r"starts with \('<pad>'.*not \('a', 'b', 'c'\)"):
        Vocabulary(("a", "b", "c"))


def test_repeated_symbol_is_named() -> None:
    with pytest.raises(ConfigurationError, match="'N' more than once"):
        Vocabulary((*SPECIAL_SYMBOLS, "N", "O", "N"))


def test_data_that_hold_a_special_symbol_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="'<pad>' more than once"):
        Vocabulary.from_sequences([["<pad>", "a"]])
