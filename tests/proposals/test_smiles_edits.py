import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from latentbo.proposals.smiles_edits import (
    depths,
    open_rings,
    replaced,
    spans,
    spliced,
    units_of,
)
from latentbo.representations import SmilesRepresentation

MOLECULES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "O=S(=O)(c1ccc2[nH]ccc2c1)N1CCOCC1",
    "C1CC2CC1C=C2Br",
    r"F/C=C\C(F)(F)F",
    "C1CCCCC=1",
    "OC(C)(C)C%10CC%10",
    "C[C@@H]1CC[C@H](C(C)(C)N)C1",
]


def symbols(string: str) -> list[str]:
    return SmilesRepresentation.symbols(string)


def edited(string: str, span: tuple[int, int], written: str) -> str | None:
    found = replaced(units_of(symbols(string)), span, list(written))
    return None if found is None else "".join(found)


@pytest.mark.parametrize("string", MOLECULES)
def test_units_hold_all_symbols_in_order(string: str) -> None:
    units = units_of(symbols(string))
    assert [symbol for unit in units for symbol in unit.symbols] == symbols(string)
    assert sum(unit.is_atom for unit in units) == Chem.MolFromSmiles(string).GetNumAtoms()
    assert depths(units)[-1] == open_rings(units)[-1] == 0


@pytest.mark.parametrize(
    ("string", "span", "written", "expected"),
    [
        ("CCC", (1, 2), "O", "COC"),
        ("CCC", (1, 2), "", "CC"),
        ("CCC", (2, 2), "C(=O)", "CCC(=O)C"),
        ("CCC", (3, 3), "N", "CCCN"),
        ("CC(=O)C", (1, 5), "N", "CNC"),  # a whole branch goes
        ("CC(=O)C", (3, 4), "", "CCC"),  # and an empty one
        ("CC(=O)C", (3, 4), "CN(C", "CC(CN(C))C"),
        ("CC(O)C", (3, 4), ")C)", "CCC"),  # nothing closes what it did not open
        ("C1CCC1", (3, 4), "N", "C1CCN1"),  # a lost partner's ring goes to what is written
        ("C1CCC=1", (3, 4), "N", "C1CCN=1"),
        ("C1CCC1", (3, 4), "", "C1CC"),  # or is dropped where symbols are joined
        ("C1CCC1", (1, 2), "C1CC1", "C1C2CC2CC1"),  # a new ring has a digit of its own
        ("C1CCC1", (1, 2), "C2C", "C1CCCC1"),  # and is dropped where it is not closed
        ("CC", (1, 2), "C=", "CC"),
        ("CCC", (1, 2), "C(", "CCC"),
    ],
)
def test_an_edit_keeps_the_rest(
    string: str, span: tuple[int, int], written: str, expected: str
) -> None:
    assert edited(string, span, written) == expected


def test_a_span_holds_whole_branches() -> None:
    units = units_of(symbols("CC(O)C"))
    assert (2, 5) in spans(units, 1)  # "(O)"
    assert (3, 4) in spans(units, 1)  # "O" alone
    assert (2, 4) not in spans(units, 3)
    assert (3, 3) not in spans(units, 1)  # nothing stands before a branch's first atom
    assert (0, 0) not in spans(units, 1)
    assert (6, 6) in spans(units, 1)


@given(
    st.sampled_from(MOLECULES),
    st.integers(0, 1000),
    st.lists(st.sampled_from(["C", "N", "c", "(", ")", "=", "1", "2", "O"]), max_size=6),
)
def test_every_edit_is_a_smiles_once_it_is_joined(
    string: str, number: int, written: list[str]
) -> None:
    chosen = SmilesRepresentation.build(MOLECULES, 60)
    units = units_of(symbols(string))
    ways = spans(units, 3)
    span = ways[number % len(ways)]
    # A decoder writes only what may follow; nothing else is promised.
    before = [symbol for unit in units[: span[0]] for symbol in unit.symbols]
    prefix = chosen.join([*before, *written])
    try:
        symbols(prefix)
    except ValueError:
        return
    child = replaced(units, span, written)
    if child is not None:
        joined = chosen.join(child)
        assert joined.count("(") == joined.count(")")
        assert "()" not in joined


def test_a_splice_joins_two_molecules_where_no_ring_is_open() -> None:
    first, second = units_of(symbols("CC(c1ccccc1)N")), units_of(symbols("OC1CC1"))
    assert open_rings(second) == [0, 0, 1, 1, 0]
    assert "".join(spliced(first, 2, [], second, 1) or []) == "CCC1CC1"
    assert "".join(spliced(first, 3, ["N"], second, 1) or []) == "CC(NC1CC1)"
    assert "".join(spliced(first, 2, ["C", "1", "C", "1"], second, 1) or []) == "CCC2C2C1CC1"
