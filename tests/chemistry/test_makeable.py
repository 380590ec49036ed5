from pathlib import Path

import pytest

from latentbo.chemistry import MakeableRules
from latentbo.errors import ConfigurationError

DRUGS = [
    line.split() for line in Path(__file__).with_name("approved_drugs.smi").read_text().splitlines()
]
# Each beside a group that nobody would mind.
REACTIVE = {
    "sulfonyl chloride": "Cc1ccc(cc1)S(=O)(=O)Cl",
    "acyl cyanide": "O=C(C#N)c1ccccc1",
    "episulfide": "c1ccccc1C1CS1",
    "acid chloride": "O=C(Cl)c1ccccc1",
    "isocyanate": "O=C=Nc1ccccc1",
    "isothiocyanate": "S=C=Nc1ccccc1",
    "epoxide": "c1ccccc1C1CO1",
    "peroxide": "CCOOCc1ccccc1",
    "azide": "[N-]=[N+]=NCc1ccccc1",
    "anhydride": "CC(=O)OC(=O)c1ccccc1",
    "aldehyde": "O=Cc1ccccc1",
    "N-chloroamine": "ClN1CCC(c2ccccc2)CC1",
    "alkyl bromide": "BrCCc1ccccc1",
    "diazonium": "N#[N+]c1ccccc1",
    "sulfonate ester": "COS(=O)(=O)c1ccccc1",
    "tetrasubstituted sulfur": "BrS(Br)(c1ccccc1)c1ccccc1",
    "pentacoordinate phosphorus": "CP(C)(C)(C)c1ccccc1",
}


@pytest.mark.parametrize("level", ["usual", "strict"])
@pytest.mark.parametrize("name", REACTIVE)
def test_reactive_groups_are_refused(name: str, level: str) -> None:
    assert MakeableRules(level).violation(REACTIVE[name]) is not None


def test_most_approved_drugs_pass() -> None:
    refused = {name for smiles, name in DRUGS if MakeableRules().violation(smiles)}
    assert len(DRUGS) > 90
    assert len(refused) < 0.4 * len(DRUGS)
    passing = {"ibuprofen", "celecoxib", "imatinib", "sildenafil", "losartan", "rivaroxaban"}
    assert not refused & passing
    # An azide, a nitro group, a lactam of four atoms, two acrylamides.
    assert {"zidovudine", "metronidazole", "amoxicillin", "ibrutinib", "osimertinib"} <= refused


@pytest.mark.parametrize(
    ("smiles", "rule"),
    [
        ("FN1CCCCC1", "halogen on S, P, N or O"),
        ("CS(C)(C)c1ccccc1", "unusual valence of S or P"),
        ("CS(=O)c1ccccc1", None),
        ("CS(=O)(=O)c1ccccc1", None),
        ("CS(=N)(=O)c1ccccc1", None),
        ("CSc1cccs1", None),
        ("C1=CC2=CC=C2C=C1", "ring system that is neither in ZINC-250k nor in NCI"),
        ("CC12CC3CC(C)(C1)CC(N)(C3)C2", "synthetic accessibility (SA) (at most 4.5)"),
        ("O=[N+]([O-])c1ccccc1", "structural alert (Brenk)"),
        ("O=Cc1ccccc1", "structural alert (Brenk)"),
        ("O=C1CCN1c1ccccc1", "structural alert (NIH)"),
        ("C1CC", "not a readable molecule"),
    ],
)
def test_rules_by_name(smiles: str, rule: str | None) -> None:
    violation = MakeableRules().violation(smiles)
    assert (violation and violation.rule) == rule
    assert MakeableRules().rejection(smiles) == (violation and str(violation))


@pytest.mark.parametrize(
    "smiles",
    [
        "CC(O)C(N)C(C)c1ccccc1",  # three stereo centres
        "Cc1ccc(-c2ccc(-c3ccc(C(F)(F)F)cc3)cc2)cc1",  # greasy
        "Oc1ccccc1CN1CCCCC1",  # an alert of PAINS alone
        "[O-]C(=O)c1ccc(C(=O)[O-])cc1",
    ],
)
def test_strict_refuses_more(smiles: str) -> None:
    assert MakeableRules("usual").violation(smiles) is None
    assert MakeableRules("strict").violation(smiles) is not None


def test_strict_refuses_all_that_usual_refuses() -> None:
    for smiles, _ in DRUGS:
        if MakeableRules("usual").violation(smiles):
            assert MakeableRules("strict").violation(smiles)


def test_compounds_that_somebody_has_pass() -> None:
    nitro = "O=[N+]([O-])c1ccccc1"
    assert MakeableRules("usual", {nitro}).violation(nitro) is None
    assert MakeableRules("usual", {"CCO"}).violation(nitro) is not None


def test_an_unknown_level_names_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"no chemistry 'stict' \(did you mean 'strict'"):
        MakeableRules("stict")
