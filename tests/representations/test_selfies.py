import pytest
import selfies
import torch
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from latentbo.chemistry import standardize
from latentbo.representations import (
    DecodeStatus,
    RepresentationError,
    SelfiesRepresentation,
    Vocabulary,
)

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@@H](N)C(=O)[O-]",
    "ClC1=CC=C(Br)C=C1",
    r"F/C=C\F",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C[N+](C)(C)CC#N",
    "O=S(=O)(c1ccc2[nH]ccc2c1)N1CCOCC1",
]


@pytest.mark.parametrize("smiles", MOLECULES)
def test_round_trip_is_the_same_molecule(smiles: str) -> None:
    representation = SelfiesRepresentation.build(MOLECULES, 79)
    (decoded,) = representation.decode(representation.encode([smiles]))
    assert decoded.status is DecodeStatus.COMPLETE
    assert decoded.string is not None
    assert standardize(decoded.string) == standardize(smiles)


def test_symbols_are_those_of_selfies() -> None:
    assert SelfiesRepresentation.symbols("CCO") == ["[C]", "[C]", "[O]"]


@given(st.data())
def test_any_tokens_decode_to_a_readable_molecule_or_to_nothing(data: st.DataObject) -> None:
    alphabet = sorted(selfies.get_semantic_robust_alphabet())
    representation = SelfiesRepresentation(Vocabulary.from_sequences([alphabet]), 40)
    last = len(representation.vocabulary) - 1
    body = data.draw(st.lists(st.integers(3, last), min_size=1, max_size=30))
    (decoded,) = representation.decode(torch.tensor([[*body, 2]]))
    assert decoded.status in (DecodeStatus.COMPLETE, DecodeStatus.EMPTY)
    if decoded.string is not None and decoded.status is DecodeStatus.COMPLETE:
        assert Chem.MolFromSmiles(decoded.string) is not None


def test_tokens_without_an_atom_are_empty() -> None:
    representation = SelfiesRepresentation(Vocabulary.from_sequences([["[nop]"]]), 4)
    (decoded,) = representation.decode(torch.tensor([[3, 3, 2]]))
    assert decoded.status is DecodeStatus.EMPTY


@pytest.mark.parametrize("string", ["C(", "no molecule", "C1CC", "[Xx]", "CC(C)(C)(C)C", "B11."])
def test_what_is_no_smiles_is_named_with_reason_and_remedy(string: str) -> None:
    with pytest.raises(RepresentationError, match=r"cannot be written as SELFIES \(.+\): fix"):
        SelfiesRepresentation.symbols(string)


def test_position_of_an_unreadable_character_is_given() -> None:
    with pytest.raises(RepresentationError, match=r"'CC\?C' .*position 3"):
        SelfiesRepresentation.symbols("CC?C")


@given(st.text("CNOcn()[]=#123%@+-./\\HBrl $é", max_size=25))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        symbols = SelfiesRepresentation.symbols(text)
    except RepresentationError:
        return  # any other error would end the test
    assert symbols
    assert all(symbols)
