import pytest
import torch
from rdkit import Chem

from latentbo.chemistry import (
    DESCRIPTOR_NAMES,
    MOLECULE_PROPERTIES,
    describe_molecule,
    descriptor_matrix,
    parse_molecule,
    property_name,
)
from latentbo.errors import ConfigurationError, InputError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def described(smiles: str) -> dict[str, float]:
    return dict(zip(DESCRIPTOR_NAMES, descriptor_matrix([smiles])[0].tolist(), strict=True))


def test_aspirin_is_described_as_in_the_books() -> None:
    found = described(ASPIRIN)
    assert found.pop("exact-mass") == pytest.approx(180.0423, abs=1e-4)
    assert found.pop("tpsa") == pytest.approx(63.60, abs=0.01)
    assert found.pop("logp") == pytest.approx(1.3101, abs=1e-4)
    assert found.pop("sp3-share") == pytest.approx(1 / 9)
    assert found == {
        "hydrogen-bond-donors": 1,
        "hydrogen-bond-acceptors": 3,
        "loosely-rotatable-bonds": 3,
        "rings": 1,
        "aromatic-rings": 1,
        "largest-ring": 6,
        "heavy-atoms": 13,
        "heteroatoms": 4,
        "formal-charge": 0,
        "stereo-centres": 0,
        "nitrogen-atoms": 0,
        "oxygen-atoms": 4,
        "sulfur-atoms": 0,
        "halogens": 0,
    }


@pytest.mark.parametrize(
    ("smiles", "name", "value"),
    [
        ("C[NH3+]", "formal-charge", 1),
        ("C[C@H](N)C(=O)O", "stereo-centres", 1),
        ("FC(Cl)(Br)I", "halogens", 4),
        ("CSC", "sulfur-atoms", 1),
        ("CC", "largest-ring", 0),
        ("C1CCCCCCC1", "largest-ring", 8),
        ("c1ccc2ccccc2c1", "aromatic-rings", 2),
        ("CCCCCC", "loosely-rotatable-bonds", 3),
    ],
)
def test_descriptors_count(smiles: str, name: str, value: float) -> None:
    assert described(smiles)[name] == value


def test_rows_are_molecules_and_columns_have_names() -> None:
    matrix = descriptor_matrix([ASPIRIN, "C", "OC"])
    assert matrix.shape == (3, len(DESCRIPTOR_NAMES)) == (3, 18)
    assert len(set(DESCRIPTOR_NAMES)) == 18
    assert matrix.dtype == torch.float64
    assert torch.isfinite(matrix).all()
    torch.testing.assert_close(descriptor_matrix(["CO"])[0], matrix[2])
    assert matrix[0].tolist() == describe_molecule(Chem.MolFromSmiles(ASPIRIN))
    assert descriptor_matrix([]).shape == (0, 18)


def test_what_is_no_molecule_is_refused() -> None:
    with pytest.raises(InputError, match="is not a molecule"):
        descriptor_matrix(["C", "C("])


def test_descriptors_are_the_properties_that_constraints_limit() -> None:
    for name, value in described("C[C@H](N)c1sc(Cl)c(F)c1OCC(=O)[O-]").items():
        molecule = parse_molecule("C[C@H](N)c1sc(Cl)c(F)c1OCC(=O)[O-]")
        assert value == MOLECULE_PROPERTIES[name].measure(molecule)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("TPSA", "tpsa"),
        ("polar surface", "tpsa"),
        ("logP", "logp"),
        ("molecular weight", "molecular-weight"),
        ("molecular_mass", "exact-mass"),
        ("charge", "formal-charge"),
        ("share of sp3 carbon", "sp3-share"),
    ],
)
def test_a_property_has_several_spellings_and_one_name(text: str, name: str) -> None:
    assert property_name(text) == name


def test_an_unknown_property_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"no property 'tsap'.*use one of heavy-atoms"):
        property_name("tsap")
