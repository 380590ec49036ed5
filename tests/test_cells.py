"""No cell that is written is a formula."""

import pytest

from latentbo.cells import cell


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-x", "@SUM(A1)", "\tx"])
def test_formulas_become_texts(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-1.5", "+3", "-1e-7", "CC=O", "[N+](=O)[O-]", "a-b"])
def test_numbers_and_molecules_stay(text: str) -> None:
    assert cell(text) == text
