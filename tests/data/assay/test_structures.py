import pytest

from latentbo.chemistry import standardize
from latentbo.data.assay.structures import clean_molecule, looks_like_molecule


@pytest.mark.parametrize(
    ("text", "smiles", "stripped"),
    [
        ("Cc1ccccc1.Cl", "Cc1ccccc1", ("Cl",)),
        ("[Na+].[O-]C(=O)c1ccccc1", "O=C(O)c1ccccc1", ("[Na+]",)),
        ("C[NH+](C)CCc1ccccc1.[Cl-].O", "CN(C)CCc1ccccc1", ("[Cl-]", "O")),
        ("CN.CN.OS(O)(=O)=O", "CN", ("O=S(=O)(O)O",)),
        ("C[N+](C)(C)C.[I-]", "C[N+](C)(C)C", ("[I-]",)),
        # Tartrate is larger than the molecule that was measured.
        ("CN(C)C(=N)NC(N)=N.OC(=O)C(O)C(O)C(O)=O", "CN(C)C(=N)NC(=N)N", ("O=C(O)C(O)C(O)C(=O)O",)),
        ("CC(=O)[O-].[Na+]", "CC(=O)O", ("[Na+]",)),
        ("Oc1ccccc1", "Oc1ccccc1", ()),
    ],
)
def test_salts_and_solvents_are_stripped_and_listed(
    text: str, smiles: str, stripped: tuple[str, ...]
) -> None:
    found = clean_molecule(text)
    assert (found.smiles, found.stripped) == (smiles, stripped)
    assert standardize(smiles).smiles == smiles


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("CC1(C)CCCC(C)(C)N1[O]", "radical"),
        ("C[CH2].Cl", "radical"),
        ("CCO |^1:0|", "a radical in the CXSMILES tail"),
        ("CC[Mg]Br", "metal complex"),
        ("CC(=O)O[Hg]c1ccccc1", "metal complex"),
        ("[Cl-].[Cl-].[Pt+2].NCCN", "metal complex"),
        ("[Fe+2].[CH-]1C=CC=C1.[CH-]1C=CC=C1", "metal complex"),
        ("C*", "dummy atom"),
        ("O.O", "no carbon"),
        ("NCCc1ccccc1.OCCc1ccccc1", "mixture of two organic molecules of the same size"),
        ("", "no structure"),
        ("nonsense", "no SMILES that can be read"),
        ("C" * 3000, "no SMILES that can be read"),
        ("CC(C)C |Sg:n:1:1:ht|", "repeating unit"),
    ],
)
def test_nothing_is_altered_without_need(text: str, fault: str) -> None:
    found = clean_molecule(text)
    assert found.smiles is None
    assert fault in found.fault


@pytest.mark.parametrize("text", ["C[C@H](N)O |r,c:1|", "C[C@H](N)O |$;;;$| a name, with commas"])
def test_extensions_of_cxsmiles_are_cut_off(text: str) -> None:
    found = clean_molecule(text)
    assert (found.smiles, found.had_tail) == ("C[C@H](N)O", True)


def test_other_elements_than_metals_stay() -> None:
    for text in ("C[Si](C)(C)c1ccccc1", "OB(O)c1ccccc1", "C[Se]c1ccccc1"):
        assert clean_molecule(text).smiles == standardize(text).smiles


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("CCO", True), ("c1ccccc1.Cl", True), ("CCO |c:1|", True), ("12", False), ("C1", False)),
        *(("ZINC0012", False), ("Aspirin", False), ("", False), ("C", False), ("2,1", False)),
    ],
)
def test_a_cell_that_may_hold_a_molecule(text: str, expected: bool) -> None:
    assert looks_like_molecule(text) is expected
