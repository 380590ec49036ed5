import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentbo.representations import CharacterRepresentation, RepresentationError


@pytest.mark.parametrize(
    ("string", "symbols"),
    [
        ("ClCBr", ["Cl", "C", "Br"]),
        ("C[C@@H](N)O", ["C", "[C@@H]", "(", "N", ")", "O"]),
        ("C%12CC%12", ["C", "%12", "C", "C", "%12"]),
        ("[NH3+]c1", ["[NH3+]", "c", "1"]),
        ("BCr", ["B", "C", "r"]),
        ("1/3+x*sin(x)", list("1/3+x*sin(x)")),
    ],
)
def test_symbols(string: str, symbols: list[str]) -> None:
    assert CharacterRepresentation.symbols(string) == symbols


@given(
    st.lists(
        st.sampled_from(["Cl", "Br", "[nH]", "[C@@]", "%10", "c", "C", "1", "(", "=", "/", "\\"]),
        min_size=1,
    )
)
def test_joined_symbols_are_split_again(symbols: list[str]) -> None:
    string = "".join(symbols)
    found = CharacterRepresentation.symbols(string)
    assert found == symbols
    assert CharacterRepresentation.build([string], 3).join(found) == string


@given(st.text())
def test_any_text_is_split_without_loss_or_refused(text: str) -> None:
    try:
        symbols = CharacterRepresentation.symbols(text)
    except RepresentationError:
        return
    assert "".join(symbols) == text


@pytest.mark.parametrize(
    ("string", "position", "character"),
    [("C C", 2, " "), ("CC[C", 3, r"\["), ("C]", 2, r"\]"), ("C%1C", 2, "%"), ("\tC", 1, r"\\t")],
)
def test_what_cannot_be_split_is_named_with_its_position(
    string: str, position: int, character: str
) -> None:
    message = f"no symbol starts with '{character}' at position {position}: .*leave it out"
    with pytest.raises(RepresentationError, match=message):
        CharacterRepresentation.symbols(string)
