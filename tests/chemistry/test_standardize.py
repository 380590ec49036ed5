import random
import re
from pathlib import Path

import pytest
import selfies
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, RDConfig

from latentbo.chemistry import (
    MAX_SMILES_LENGTH,
    MoleculeStatus,
    Standardized,
    parse_molecule,
    standardize,
)
from latentbo.errors import InputError

SMILES_SYMBOLS = "CNOPSFBIHclnosr[]()=#$:/\\.%@+-0123456789*~> \t"
# Random SELFIES alone hold no stereo centres, isotopes or charged atoms without hydrogen.
SELFIES_SYMBOLS = sorted(
    selfies.get_semantic_robust_alphabet()
    | {"[C@H1]", "[C@@H1]", "[/C]", "[\\C]", "[=N+1]", "[O-1]", "[N+1]", "[NH0]", "[C-1]", "[13C]"}
)


def nci_lines() -> list[str]:
    lines = (Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi").read_text(encoding="utf-8")
    return [line.split()[0] for line in lines.splitlines()]


def random_selfies_molecules(number: int) -> list[str]:
    source = random.Random(0)
    return [
        selfies.decoder("[C]" + "".join(source.choices(SELFIES_SYMBOLS, k=source.randint(1, 60))))
        for _ in range(number)
    ]


def assert_settled(result: Standardized) -> None:
    """A valid result is its own standard form, and RDKit finds nothing left to mend."""
    assert result.smiles is not None
    again = standardize(result.smiles)
    assert again == result
    assert again.saturated == 0
    molecule = Chem.MolFromSmiles(result.smiles)
    assert sum(atom.GetNumRadicalElectrons() for atom in molecule.GetAtoms()) == 0
    assert len(Chem.GetMolFrags(molecule)) == 1


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("OCC", "CCO"),
        (" CCO\n", "CCO"),
        ("C1=CC=CC=C1", "c1ccccc1"),
        ("[H]C([H])([H])[H]", "C"),
        ("C1.C1", "CC"),  # a ring closure across a dot: one fragment
        ("N[C@@H](C)C(=O)O", "C[C@H](N)C(=O)O"),
        ("F\\C=C\\F", "F/C=C/F"),
        ("F/C=C\\F", "F/C=C\\F"),
        ("C[13CH3]", "C[13CH3]"),
        ("[CH3:7]C", "CC"),
        ("CC(=O)[O-]", "CC(=O)[O-]"),
    ],
)
def test_valid_molecules_become_canonical(smiles: str, expected: str) -> None:
    assert standardize(smiles) == Standardized(expected, MoleculeStatus.VALID)
    assert standardize(smiles).saturated == 0


@pytest.mark.parametrize(
    ("smiles", "expected", "unpaired"),
    [
        ("C[CH2]", "CC", 1),
        ("[C]C", "CC", 3),
        ("[C]", "C", 4),
        ("C[CH]C", "CCC", 1),
        ("C[O]", "CO", 1),
        ("C[NH]", "CN", 1),
        ("C[N+]", "C[NH3+]", 3),
        ("O=[C]C", "CC=O", 1),
        ("[c]1ccccc1", "c1ccccc1", 1),
        ("CN(C)[O]", "CN(C)O", 1),
        ("C[Si]", "C[SiH3]", 3),
        ("C[B]C", "CBC", 1),
        ("[13CH2]C", "C[13CH3]", 1),
        ("F/[C]=C/F", "F/C=C/F", 1),
        ("C[C@H](N)[O]", "C[C@H](N)O", 1),
    ],
)
def test_radicals_are_saturated_with_hydrogen(smiles: str, expected: str, unpaired: int) -> None:
    result = standardize(smiles)
    assert result == Standardized(expected, MoleculeStatus.VALID)
    assert result.saturated == unpaired


@pytest.mark.parametrize(
    ("smiles", "status"),
    [
        ("", MoleculeStatus.EMPTY),
        (" \t\n", MoleculeStatus.EMPTY),
        ("C" * (MAX_SMILES_LENGTH + 1), MoleculeStatus.TOO_LONG),
        ("C" * 20_000, MoleculeStatus.TOO_LONG),  # ends the process if RDKit writes it
        ("C1CC", MoleculeStatus.UNPARSABLE),
        ("C(C)(C)(C)(C)C", MoleculeStatus.UNPARSABLE),
        ("CCO ethanol", MoleculeStatus.UNPARSABLE),
        ("CCO |$a$|", MoleculeStatus.UNPARSABLE),
        ("C\nC", MoleculeStatus.UNPARSABLE),
        ("C\x00C", MoleculeStatus.UNPARSABLE),
        ("C\ud800", MoleculeStatus.UNPARSABLE),
        ("Č", MoleculeStatus.UNPARSABLE),
        ("CC.O", MoleculeStatus.FRAGMENTS),
        ("C*", MoleculeStatus.DUMMY_ATOM),
        ("C[*:1]", MoleculeStatus.DUMMY_ATOM),
        ("O=S=O", MoleculeStatus.NO_CARBON),
        ("[H][H]", MoleculeStatus.NO_CARBON),
        ("C[Cs+]", MoleculeStatus.RADICAL),
    ],
)
def test_what_is_no_molecule_says_why(smiles: str, status: MoleculeStatus) -> None:
    result = standardize(smiles)
    assert result == Standardized(None, status)
    assert not result.is_valid


def test_nci_molecules_are_fixed_points() -> None:
    results = [standardize(line) for line in nci_lines()[::2]]
    valid = [result for result in results if result.is_valid]
    assert len(valid) > 2300
    for result in valid:
        assert_settled(result)


def test_random_selfies_are_fixed_points_and_often_radicals() -> None:
    results = [standardize(smiles) for smiles in random_selfies_molecules(1500)]
    valid = [result for result in results if result.is_valid]
    assert len(valid) > 1400
    # Without any saturation this test would check nothing.
    assert sum(result.saturated > 0 for result in valid) > 500
    for result in valid:
        assert_settled(result)


def test_molecules_torn_into_radicals_are_fixed_points() -> None:
    source = random.Random(1)

    def tear(match: re.Match[str]) -> str:
        keep = source.random() < 0.9
        return match[0] if keep else f"[{match[0]}{source.choice(['', 'H', '-', '+', '@H'])}]"

    atom = re.compile(r"(?<![\[@A-Za-z+-])[CNOScnos](?![a-zH\]+-])")
    results = [standardize(atom.sub(tear, line)) for line in nci_lines()[::5]]
    torn = [result for result in results if result.saturated]
    assert len(torn) > 100
    for result in torn:
        assert_settled(result)


def test_spelling_does_not_matter() -> None:
    for line in nci_lines()[::50]:
        molecule = Chem.MolFromSmiles(line)
        spellings = {Chem.MolToSmiles(molecule, doRandom=True) for _ in range(5)}
        assert len({standardize(spelling) for spelling in spellings}) == 1


@given(st.one_of(st.text(), st.text(SMILES_SYMBOLS, max_size=30)))
def test_no_string_raises(text: str) -> None:
    result = standardize(text)
    assert result.is_valid == (result.smiles is not None)
    if result.is_valid:
        assert_settled(result)


def test_rdkit_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    standardize("C1CC")
    with pytest.raises(InputError):
        parse_molecule("C(C)(C)(C)(C)C")
    assert capfd.readouterr() == ("", "")


def test_rdkit_logs_again_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    standardize("C1CC")
    Chem.MolFromSmiles("C1CC")
    assert "unclosed ring" in capfd.readouterr().err


@pytest.mark.parametrize("smiles", ["", "C1CC", "CCO ethanol", "C" * 5000])
def test_parse_molecule_refuses(smiles: str) -> None:
    with pytest.raises(InputError, match=re.escape(repr(smiles[:60])[:-1])):
        parse_molecule(smiles)
