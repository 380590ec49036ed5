import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from latentbo.errors import ConfigurationError
from latentbo.objectives.components import (
    PROPERTIES,
    Component,
    Equal,
    Mean,
    MeanKind,
    Pattern,
    Property,
    Similar,
    all_components,
)
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.modifiers import Clipped, Gaussian

MOLECULES = [Chem.MolFromSmiles(smiles) for smiles in DRUGS.values()]
NAPHTHALENE = Chem.MolFromSmiles("c1ccc2ccccc2c1")


class Constant:
    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, molecule: Chem.Mol) -> float:
        return self.value


@pytest.mark.parametrize(
    ("name", "descriptor"),
    [
        ("logP", "MolLogP"),
        ("TPSA", "TPSA"),
        ("QED", "qed"),
        ("molecular weight", "MolWt"),
        ("Bertz complexity", "BertzCT"),
        ("hydrogen bond donors", "NumHDonors"),
        ("rotatable bonds", "NumRotatableBonds"),
        ("rings", "RingCount"),
        ("aromatic rings", "NumAromaticRings"),
    ],
)
def test_properties_are_those_of_rdkits_table(name: str, descriptor: str) -> None:
    function = dict(Descriptors.descList)[descriptor]
    for molecule in MOLECULES:
        assert PROPERTIES[name](molecule) == pytest.approx(function(molecule), rel=1e-12)


def test_fluorine_is_counted() -> None:
    for molecule in MOLECULES:
        found = molecule.GetSubstructMatches(Chem.MolFromSmarts("[F]"))
        assert PROPERTIES["fluorine atoms"](molecule) == len(found)


def test_a_property_is_modified() -> None:
    assert Property("rings", Gaussian(2, 1))(NAPHTHALENE) == 1
    assert Property("rings", Clipped(4))(NAPHTHALENE) == 0.5


def test_equal_is_one_for_the_target_only() -> None:
    component = Equal("logP", DRUGS["zaleplon"], 0.2)
    scores = {name: component(Chem.MolFromSmiles(DRUGS[name])) for name in DRUGS}
    assert scores.pop("zaleplon") == 1
    assert max(scores.values()) < 1


def test_a_pattern_is_wanted_or_not() -> None:
    ring, benzene = "c1ccccc1", Chem.MolFromSmiles("c1ccccc1O")
    assert Pattern(ring)(benzene) == 1
    assert Pattern(ring, wanted=False)(benzene) == 0
    assert Pattern(ring)(Chem.MolFromSmiles("CCO")) == 0
    assert Pattern(ring, wanted=False)(Chem.MolFromSmiles("CCO")) == 1


def test_means_by_hand() -> None:
    parts: tuple[Component, ...] = (Constant(0.1), Constant(0.4), Constant(1.0))
    assert Mean("arithmetic", parts)(NAPHTHALENE) == pytest.approx(0.5)
    assert Mean("geometric", parts)(NAPHTHALENE) == pytest.approx(0.04 ** (1 / 3))
    assert Mean("geometric", (*parts, Constant(0)))(NAPHTHALENE) == 0
    for kind in ("arithmetic", "geometric"):
        assert Mean(kind, (Constant(0.3),))(NAPHTHALENE) == pytest.approx(0.3)


def test_components_of_nested_means() -> None:
    first, second = Pattern("C"), Pattern("N")
    inner = Mean("geometric", (first, second))
    outer = Mean("arithmetic", (inner, first))
    assert list(all_components(outer)) == [outer, inner, first, second, first]
    assert list(all_components(first)) == [first]


def test_parts_are_data() -> None:
    assert Similar(DRUGS["zaleplon"], "AP") == Similar(DRUGS["zaleplon"], "AP", Clipped(1.0))
    assert Property("rings", Gaussian(2, 1)) != Property("rings", Gaussian(2, 2))
    assert len({Pattern("C"), Pattern("C"), Pattern("N")}) == 2


def test_wrong_parts_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no property 'mass'; use one of logP, TPSA"):
        Property("mass", Clipped())
    with pytest.raises(ConfigurationError, match="no property 'mass'"):
        Equal("mass", "C", 1)
    with pytest.raises(ConfigurationError, match="no fingerprint 'ECFP5'; use one of ECFP4"):
        Similar("C", "ECFP5")
    for smarts in ("", "[#6", "C(", "%"):
        with pytest.raises(ConfigurationError, match="is not a substructure that RDKit can read"):
            Pattern(smarts)
    with pytest.raises(ConfigurationError, match="has no components; give at least one"):
        Mean("geometric", ())
    unknown: MeanKind = "harmonic"  # type: ignore[assignment]
    with pytest.raises(ConfigurationError, match="no mean 'harmonic'; use geometric or arithmetic"):
        Mean(unknown, (Pattern("C"),))
