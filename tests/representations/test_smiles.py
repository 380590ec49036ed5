import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from torch import Tensor

from latentbo.models import decode_tokens
from latentbo.representations import (
    CharacterRepresentation,
    DecodeStatus,
    RepresentationError,
    SmilesRepresentation,
)

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C[C@@H](N)C(=O)[O-]",
    r"F/C=C\F",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C[N+](C)(C)CC#N",
    "O=S(=O)(c1ccc2[nH]ccc2c1)N1CCOCC1",
    "C1CC2CC1C=C2Br",
    "FC(F)(F)c1ccc(Cl)cc1",
    "CC.O",
    "C1CCCCC=1",
    "OC(C)(C)C%10CC%10",
]


def representation(merged: bool, max_length: int = 60) -> SmilesRepresentation:
    plain = SmilesRepresentation.build(MOLECULES, max_length)
    if not merged:
        return plain
    size = len(plain.vocabulary) + 15
    return SmilesRepresentation.build(MOLECULES, max_length, vocabulary_size=size)


class RandomNetwork:
    """A decoder whose logits are noise, so that only the mask decides what is possible."""

    def __init__(self, size: int, end: float) -> None:
        self.size, self.end = size, end
        self.decoder = self

    def initial_state(self, codes: Tensor) -> Tensor:
        return torch.zeros(1, len(codes), 1)

    def __call__(self, codes: Tensor, previous: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        logits = torch.randn(len(codes), 1, self.size)
        logits[:, :, 2] += self.end
        return logits, state


@pytest.mark.parametrize("merged", [False, True])
def test_every_token_of_the_data_is_allowed(merged: bool) -> None:
    chosen = representation(merged)
    for string in MOLECULES:
        mask = chosen.decoder_mask(1, torch.device("cpu"))
        for token in chosen.indices(string):
            assert mask.allowed()[0, token], string
            mask.advance(torch.tensor([token]))


@pytest.mark.parametrize("merged", [False, True])
def test_finished_decodes_keep_to_the_syntax(merged: bool) -> None:
    chosen = representation(merged)
    torch.manual_seed(0)
    network = RandomNetwork(len(chosen.vocabulary), 2.0)
    decoded = chosen.decode(decode_tokens(network, chosen, torch.zeros(300, 1), 1.0))
    assert all(row.status is DecodeStatus.COMPLETE for row in decoded)
    for row in decoded:
        string = row.string or ""
        assert string.count("(") == string.count(")")
        assert "()" not in string
        symbols = SmilesRepresentation.symbols(string)
        rings = [symbol for symbol in symbols if symbol.isdigit() or symbol.startswith("%")]
        assert all(rings.count(ring) % 2 == 0 for ring in rings)
        if not rings:  # two ring digits may still close a ring of two atoms
            assert Chem.MolFromSmiles(string, sanitize=False) is not None, string


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        ("C1CC1", "C1CC1"),
        ("C1CC", "CCC"),
        ("C=1CC", "CCC"),
        ("C12CC1", "C1CC1"),
        ("C1CC1C1", "C1CC1C"),
        ("C(C(C", "C(C(C))"),
        ("C1(CC2", "C(CC)"),
        ("C1CC(=O)C=1", "C1CC(=O)C=1"),
    ],
)
def test_what_a_decode_leaves_open_is_closed_or_dropped(symbols: str, expected: str) -> None:
    chosen = representation(False)
    assert chosen.join(CharacterRepresentation.symbols(symbols)) == expected
    SmilesRepresentation.symbols(expected)  # complete


@given(st.sampled_from(MOLECULES))
def test_complete_strings_stay_what_they_are(string: str) -> None:
    assert representation(False).join(SmilesRepresentation.symbols(string)) == string


def test_without_the_mask_they_do_not() -> None:
    chosen = CharacterRepresentation.build(MOLECULES, 60)
    torch.manual_seed(0)
    network = RandomNetwork(len(chosen.vocabulary), 2.0)
    decoded = chosen.decode(decode_tokens(network, chosen, torch.zeros(300, 1), 1.0))
    assert any((row.string or "").count("(") != (row.string or "").count(")") for row in decoded)


@given(st.integers(4, 30), st.integers(0, 100))
@settings(max_examples=settings().max_examples // 2)
def test_no_decode_runs_out_of_length(length: int, seed: int) -> None:
    chosen = representation(False, length)
    torch.manual_seed(seed)
    network = RandomNetwork(len(chosen.vocabulary), -3.0)
    decoded = chosen.decode(decode_tokens(network, chosen, torch.zeros(20, 1), 1.0))
    assert all(row.status is DecodeStatus.COMPLETE for row in decoded)


@pytest.mark.parametrize(
    ("before", "allowed", "forbidden"),
    [
        ("", "CN", "(1=)"),
        ("C", "CN(1=", ")"),
        ("C(", "CN=", "()1"),
        ("C(C", "CN()1=", ""),
        ("C(C)", "CN(=", ")1"),
        ("C=", "CN1", "()="),
        ("C(=", "CN", "()1="),
        ("C(C)=", "CN", "()1="),
        ("C1", "CN(1=", ")"),
    ],
)
def test_what_may_come_next(before: str, allowed: str, forbidden: str) -> None:
    chosen = SmilesRepresentation.build([*MOLECULES, "CN"], 60)
    known = chosen.vocabulary.indices
    mask = chosen.decoder_mask(1, torch.device("cpu"))
    for symbol in before:
        mask.advance(torch.tensor([known[symbol]]))
    found = mask.allowed()[0]
    assert all(found[known[symbol]] for symbol in allowed)
    assert not any(found[known[symbol]] for symbol in forbidden)
    assert bool(found[2]) == (before in ("C", "C(C", "C(C)", "C1"))


def test_rows_are_kept_by_mask_and_by_index() -> None:
    chosen = representation(False)
    known = chosen.vocabulary.indices
    mask = chosen.decoder_mask(3, torch.device("cpu"))
    mask.advance(torch.tensor([known["C"], known["N"], known["C"]]))
    mask.advance(torch.tensor([known["("], known["1"], known["C"]]))
    expected = mask.allowed()
    mask.keep(torch.tensor([True, False, True]))
    assert mask.allowed().equal(expected[[0, 2]])
    mask.keep(torch.tensor([1, 0, 1]))
    assert mask.allowed().equal(expected[[2, 0, 2]])


@pytest.mark.parametrize(
    ("string", "reason"),
    [
        ("x+1", "'x' cannot stand at symbol 1 of 3"),
        ("CC{C}", r"'\{' cannot stand at symbol 3 of 5"),
        ("C1CC", "ring bond 1 is not closed"),
        ("C(C", "a branch is not closed"),
        ("CC)C", r"'\)' cannot stand at symbol 3 of 4"),
        ("CC=", "it ends with '='"),
        ("C()C", r"'\)' cannot stand at symbol 3 of 4"),
        ("1CC1", "'1' cannot stand at symbol 1 of 4"),
    ],
)
def test_what_is_no_smiles_is_refused_with_the_reason(string: str, reason: str) -> None:
    with pytest.raises(RepresentationError, match=rf"is not a SMILES string \({reason}\): write"):
        SmilesRepresentation.symbols(string)
    representation = SmilesRepresentation.build(["CCO", string], 20)
    assert len(representation.vocabulary) == 5  # three special ones, C and O


@given(st.text("CNOcn()[]=#123%@+-./\\HBrl $é", max_size=25))
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        symbols = SmilesRepresentation.symbols(text)
    except RepresentationError:
        return  # any other error would end the test
    assert "".join(symbols) == text
