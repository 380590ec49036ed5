import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from latentbo.errors import ConfigurationError, ObjectiveError
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.goals import (
    Goal,
    absent,
    equal,
    inner,
    measured,
    present,
    similar,
    up_to,
)
from latentbo.objectives.measures import MeasuredProperty, Pattern, Similar
from latentbo.objectives.term import MeanKind, Term
from latentbo.objectives.transforms import Gaussian, Linear

NAPHTHALENE = "c1ccc2ccccc2c1"


def score(term: Term, smiles: str) -> float:
    return term.transform(term.objective(smiles))


@pytest.mark.parametrize(
    ("name", "descriptor"),
    [
        ("logp", "MolLogP"),
        ("tpsa", "TPSA"),
        ("qed", "qed"),
        ("molecular-weight", "MolWt"),
        ("bertz-complexity", "BertzCT"),
        ("hydrogen-bond-donors", "NumHDonors"),
        ("rotatable-bonds", "NumRotatableBonds"),
        ("rings", "RingCount"),
        ("aromatic-rings", "NumAromaticRings"),
    ],
)
def test_properties_are_those_of_rdkits_table(name: str, descriptor: str) -> None:
    function = dict(Descriptors.descList)[descriptor]
    for smiles in DRUGS.values():
        expected = function(Chem.MolFromSmiles(smiles))
        assert MeasuredProperty(name)(smiles) == pytest.approx(expected, rel=1e-12)


def test_fluorine_is_counted() -> None:
    for smiles in DRUGS.values():
        found = Chem.MolFromSmiles(smiles).GetSubstructMatches(Chem.MolFromSmarts("[F]"))
        assert MeasuredProperty("fluorine-atoms")(smiles) == len(found)


def test_a_property_is_transformed() -> None:
    assert score(measured("rings", Gaussian(2, 1)), NAPHTHALENE) == 1
    assert score(measured("rings", up_to(4)), NAPHTHALENE) == 0.5


def test_equal_is_one_for_the_drug_only() -> None:
    term = equal("logp", "zaleplon", 0.2)
    scores = {name: score(term, smiles) for name, smiles in DRUGS.items()}
    assert scores.pop("zaleplon") == 1
    assert max(scores.values()) < 1


def test_a_pattern_is_wanted_or_not() -> None:
    ring, phenol = "c1ccccc1", "c1ccccc1O"
    assert score(present(ring), phenol) == 1
    assert score(absent(ring), phenol) == 0
    assert score(present(ring), "CCO") == 0
    assert score(absent(ring), "CCO") == 1


def constant(value: float) -> Term:
    return measured("rings", Linear(1.0, value - 2.0))


def test_means_by_hand() -> None:
    terms = tuple(constant(value) for value in (0.1, 0.4, 1.0))
    assert Goal("a", "arithmetic", terms, "")(NAPHTHALENE) == pytest.approx(0.5)
    assert Goal("g", "geometric", terms, "")(NAPHTHALENE) == pytest.approx(0.04 ** (1 / 3))
    assert Goal("z", "geometric", (*terms, constant(0)), "")(NAPHTHALENE) == 0
    for kind in ("arithmetic", "geometric"):
        assert Goal("one", kind, (constant(0.3),), "")(NAPHTHALENE) == pytest.approx(0.3)


def test_a_goal_can_be_a_term_of_another() -> None:
    low = Goal("low", "geometric", (constant(0.2), constant(0.8)), "")
    whole = Goal("whole", "arithmetic", (inner(low), constant(1.0)), "")
    assert whole(NAPHTHALENE) == pytest.approx(0.7)


def test_goals_of_similarity_alone_have_targets() -> None:
    menthol, camphor = similar("menthol", "ECFP4"), similar("camphor", "AP", up_to(0.5))
    assert Goal("both", "geometric", (menthol, camphor), "").targets() == (
        DRUGS["menthol"],
        DRUGS["camphor"],
    )
    assert Goal("more", "geometric", (menthol, present("C")), "").targets() == ()


def test_measures_are_data() -> None:
    assert similar("zaleplon", "AP") == similar("zaleplon", "AP", Linear(1.0))
    assert measured("rings", Gaussian(2, 1)) != measured("rings", Gaussian(2, 2))
    assert len({Pattern("C"), Pattern("C"), Pattern("N")}) == 2


def test_wrong_measures_are_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"no property 'tsap'.*; use one of heavy-atoms"):
        measured("tsap", Linear())
    with pytest.raises(ConfigurationError, match=r"no property 'tsap'"):
        equal("tsap", "menthol", 1)
    with pytest.raises(ConfigurationError, match="no fingerprint 'ECFP5'; use one of ECFP4"):
        Similar("C", "ECFP5")
    for smarts in ("", "[#6", "C(", "%"):
        with pytest.raises(ConfigurationError, match="is not a substructure that RDKit can read"):
            Pattern(smarts)
    with pytest.raises(ConfigurationError, match="the goal 'x' has no terms; give at least one"):
        Goal("x", "geometric", (), "")
    unknown: MeanKind = "harmonic"  # type: ignore[assignment]
    with pytest.raises(ConfigurationError, match="no mean 'harmonic'; use geometric or arithmetic"):
        Goal("x", unknown, (constant(1),), "")
