from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import (
    NetworkConfig,
    PriorConfig,
    TrainedModel,
    decode_tokens,
    load_model,
    make_network,
    save_model,
)
from latentbo.models.files import read_json, write_json
from latentbo.representations import (
    CharacterRepresentation,
    RepresentationError,
    SelfiesRepresentation,
    Vocabulary,
)
from latentbo.representations.merges import Merges, learn_merges

FIRST, SYMBOLS = 3, 6
ROWS = st.lists(st.lists(st.integers(FIRST, SYMBOLS - 1), max_size=12), max_size=12)
SMILES = ["CCCCO", "CCCCN", "CCCc1ccccc1", "CCCCCC", "OCc1ccccc1", "CCCC(=O)O"]


def naive(rows: list[list[int]], num_merges: int) -> list[tuple[int, int]]:
    """The same by counting pairs in dictionaries."""
    rows, pairs = [list(row) for row in rows], []
    for token in range(SYMBOLS, SYMBOLS + num_merges):
        counts: dict[tuple[int, int], int] = {}
        for row in rows:
            for pair in pairwise(row):
                counts[pair] = counts.get(pair, 0) + 1
        best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
        if best is None or counts[best] < 2:
            break
        pairs.append(best)
        rows = [replaced(row, best, token) for row in rows]
    return pairs


def replaced(row: list[int], pair: tuple[int, int], token: int) -> list[int]:
    out: list[int] = []
    position = 0
    while position < len(row):
        found = tuple(row[position : position + 2]) == pair
        out.append(token if found else row[position])
        position += 2 if found else 1
    return out


@given(ROWS, st.integers(0, 8))
def test_learned_merges_are_those_of_counting_by_hand(rows: list[list[int]], number: int) -> None:
    assert learn_merges(rows, SYMBOLS, number) == naive(rows, number)


@given(ROWS, st.lists(st.integers(FIRST, SYMBOLS - 1), max_size=20))
def test_contraction_applies_the_merges_in_the_order_of_learning(
    rows: list[list[int]], row: list[int]
) -> None:
    pairs = learn_merges(rows, SYMBOLS, 8)
    expected = row
    for number, pair in enumerate(pairs):
        expected = replaced(expected, pair, SYMBOLS + number)
    merges = Merges(SYMBOLS, pairs, FIRST)
    assert merges.contract(row) == expected
    assert merges.expand(expected) == row


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([(3, 7)], r"merge 1 of 1 is \[3, 7\]: it must be two numbers from 3 to 5"),
        ([(3, 2)], "from 3 to 5"),
        ([(3, 4), (6, 7)], "merge 2 of 2"),
        ([(3,)], "two numbers"),
        ([(3, 4, 5)], "two numbers"),
        ([("3", 4)], "two numbers"),
        ([(3.0, 4)], "two numbers"),
        ([(True, 4)], "two numbers"),
        ([(3, 4), (3, 4)], r"merge 2 of 2 repeats \[3, 4\], which is token 6"),
    ],
)
def test_merges_of_what_does_not_exist_are_refused(pairs: list[tuple], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Merges(SYMBOLS, pairs, FIRST)


@pytest.mark.parametrize("kind", [SelfiesRepresentation, CharacterRepresentation])
def test_merged_rows_are_shorter_and_mean_the_same(kind: type[SelfiesRepresentation]) -> None:
    plain = kind.build(SMILES, 40)
    merged = kind.build(SMILES, 40, vocabulary_size=len(plain.vocabulary) + 5)
    assert len(merged.vocabulary) == len(plain.vocabulary) + 5
    tokens = merged.encode(SMILES)
    assert [row.string for row in merged.decode(tokens)] == [
        row.string for row in plain.decode(plain.encode(SMILES))
    ]
    assert ((tokens != 0).sum(1) <= (plain.encode(SMILES) != 0).sum(1)).all()
    assert int((tokens != 0).sum()) < int((plain.encode(SMILES) != 0).sum())


def test_merges_depend_on_the_data_alone() -> None:
    first = SelfiesRepresentation.build(SMILES, 40, vocabulary_size=14)
    assert (
        first.vocabulary == SelfiesRepresentation.build(SMILES, 40, vocabulary_size=14).vocabulary
    )
    assert first.vocabulary == Vocabulary.from_json(first.vocabulary.to_json())


def test_no_string_is_refused_because_of_merges() -> None:
    plain = CharacterRepresentation.build(SMILES, 10)
    merged = CharacterRepresentation.build(SMILES, 10, vocabulary_size=12)
    for string in ("CONCONCON", "CNCNCNCNC"):
        assert plain.indices(string)
        (decoded,) = merged.decode(merged.encode([string]))
        assert decoded.string == string


def test_rows_that_are_too_long_when_merged_are_refused() -> None:
    merged = CharacterRepresentation.build(SMILES, 6, vocabulary_size=12)
    with pytest.raises(RepresentationError, match="merged symbols, this model holds at most 5"):
        merged.indices("CNOCNOCNO")


def test_what_is_rare_is_not_merged() -> None:
    rows = [[3, 4]] * 5 + [[4, 5]] * 3
    assert learn_merges(rows, SYMBOLS, 8, min_count=4) == [(3, 4)]
    frequent = CharacterRepresentation.build(SMILES, 40, 3, vocabulary_size=100)
    everything = CharacterRepresentation.build(SMILES, 40, 1, vocabulary_size=100)
    assert 0 < len(frequent.vocabulary.merges) < len(everything.vocabulary.merges)


def test_a_vocabulary_smaller_than_the_alphabet_is_refused() -> None:
    size = len(CharacterRepresentation.build(SMILES, 40).vocabulary)
    with pytest.raises(ConfigurationError, match=f"--vocabulary-size of at least {size}"):
        CharacterRepresentation.build(SMILES, 40, vocabulary_size=size - 1)
    assert not CharacterRepresentation.build(SMILES, 40, vocabulary_size=size).vocabulary.merges


def test_rare_symbols_do_no_harm() -> None:
    merged = CharacterRepresentation.build([*SMILES, "CCB"], 40, 2, vocabulary_size=12)
    assert "B" not in merged.vocabulary.indices
    assert merged.vocabulary.merges


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    representation = SelfiesRepresentation.build(SMILES, 40, vocabulary_size=14)
    config = NetworkConfig(4, 8, 8, 8, 1)
    torch.manual_seed(0)
    network = make_network(14, config)
    save_model(TrainedModel(network, representation, config, PriorConfig(4)), tmp_path)
    return tmp_path


def test_a_model_folder_keeps_the_merges(folder: Path) -> None:
    model = load_model(folder)
    merged = SelfiesRepresentation.build(SMILES, 40, vocabulary_size=14)
    assert model.representation.vocabulary == merged.vocabulary
    assert torch.equal(model.representation.encode(SMILES), merged.encode(SMILES))


def test_decodes_are_given_up_after_twice_the_longest_row(folder: Path) -> None:
    model = load_model(folder)
    representation = model.representation
    assert representation.decode_length == 40
    key = representation.cache_key()
    tokens = representation.encode(SMILES)
    representation.learn_length(tokens)
    longest = int((tokens != 0).sum(1).max())
    assert representation.decode_length == 2 * longest < 40
    assert representation.cache_key() == key
    save_model(model, folder)
    again = load_model(folder)
    assert again.representation.longest == longest
    codes = again.prior.sample(200, torch.Generator().manual_seed(0))
    rows = decode_tokens(again.network, again.representation, codes)
    assert rows.shape[1] == 40
    assert not rows[:, 2 * longest :].any()
    assert rows[:, 2 * longest - 1].any()  # an untrained network runs out of length


def test_rows_that_are_not_merged_are_decoded_to_their_end() -> None:
    plain = SelfiesRepresentation.build(SMILES, 40)
    plain.learn_length(plain.encode(SMILES))
    assert plain.decode_length == 40
    assert plain.to_config() == {"name": "selfies", "max_length": 40}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"merges": [[3, 400]]}, "merge 1 of 1"),
        ({"merges": []}, "size mismatch"),
        ({"merges": [3]}, "lists of numbers"),
        ({"merges": "CC"}, "lists of numbers"),
        ({"merge": [[3, 4]]}, "merge, merges, symbols"),
        ({"symbols": "abc"}, "a list of strings"),
        ({"symbols": ["<pad>", "<bos>", "<eos>", 3]}, "a list of strings"),
    ],
)
def test_a_merges_file_that_does_not_fit_is_refused(
    folder: Path, change: dict[str, object], message: str
) -> None:
    path = folder / "vocabulary.json"
    write_json(path, {**read_json(path), **change})
    with pytest.raises((CheckpointError, ConfigurationError), match=message):
        load_model(folder)
