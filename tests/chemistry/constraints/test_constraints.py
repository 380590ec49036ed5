import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem import Descriptors

from latentbo.chemistry import (
    ALERTS,
    MOLECULE_PROPERTIES,
    AllRules,
    Constraints,
    Limit,
    MoleculeFilter,
    load_constraints,
    parse_molecule,
)
from latentbo.errors import ConfigurationError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
POOL = ["CCO", ASPIRIN, "c1ccccc1", "CC(N)C(=O)[O-]", "O=C1C=CC(=O)C=C1", "CCCCCCCCCC", "FC(Cl)Br"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("heavy-atoms", 13),
        ("rings", 1),
        ("stereo-centres", 0),
        ("heteroatoms", 4),
        ("largest-ring", 6),
        ("tpsa", 63.6),
        ("formal-charge", 0),
        ("sp3-share", 1 / 9),
        ("aromatic-rings", 1),
        ("molecular-weight", 180.159),
        ("exact-mass", 180.0423),
        ("hydrogen-bond-donors", 1),
        ("hydrogen-bond-acceptors", 3),
        ("halogens", 0),
        ("fluorine-atoms", 0),
        ("nitrogen-atoms", 0),
        ("oxygen-atoms", 4),
        ("sulfur-atoms", 0),
        ("loosely-rotatable-bonds", 3),
        ("rotatable-bonds", 2),
        ("sa", 1.58),
        ("logp", 1.3101),
        ("bertz-complexity", 343.222),
        ("qed", 0.5501),
    ],
)
def test_properties_of_aspirin(name: str, value: float) -> None:
    found = MOLECULE_PROPERTIES[name].measure(parse_molecule(ASPIRIN))
    assert found == pytest.approx(value, abs=2e-3)


def test_every_property_is_tested_against_a_value() -> None:
    (mark,) = test_properties_of_aspirin.pytestmark  # type: ignore[attr-defined]
    assert {name for name, _ in mark.args[1]} == set(MOLECULE_PROPERTIES)


def test_other_properties_where_aspirin_has_none() -> None:
    measure = {name: each.measure for name, each in MOLECULE_PROPERTIES.items()}
    assert measure["halogens"](parse_molecule("FC(Cl)Br")) == 3
    assert measure["fluorine-atoms"](parse_molecule("FC(F)Br")) == 2
    assert measure["nitrogen-atoms"](parse_molecule("NCS")) == 1
    assert measure["sulfur-atoms"](parse_molecule("NCS")) == 1
    assert measure["formal-charge"](parse_molecule("CC(=O)[O-]")) == -1
    assert measure["stereo-centres"](parse_molecule("CC(N)C(=O)O")) == 1
    assert measure["largest-ring"](parse_molecule("CCC")) == 0
    molecule = parse_molecule(ASPIRIN)
    assert measure["molecular-weight"](molecule) == dict(Descriptors.descList)["MolWt"](molecule)


@pytest.mark.parametrize(
    ("entries", "smiles", "words"),
    [
        ({}, "C", None),
        ({"max-heavy-atoms": 13}, ASPIRIN, None),
        ({"max-heavy-atoms": 12}, ASPIRIN, "13 heavy atoms (at most 12)"),
        ({"min-molecular-weight": 200}, ASPIRIN, "180.159 molecular weight (at least 200)"),
        ({"min-formal-charge": 0}, "CC(=O)[O-]", "-1 formal charge (at least 0)"),
        ({"max-logp": 1.25}, ASPIRIN, "1.3101 logP (at most 1.25)"),
        ({"min-rings": 1, "max-rings": 2}, "CC", "0 rings (at least 1)"),
        ({"required-smarts": ["[CX3](=O)[OX2H1]"]}, ASPIRIN, None),
        ({"required-smarts": ["[#7]", "[#8]"]}, ASPIRIN, "lacks the required [#7]"),
        ({"forbidden-smarts": ["[#7]", "c"]}, ASPIRIN, "has the forbidden c"),
        ({"alerts": ["PAINS"]}, ASPIRIN, None),
        ({"alerts": ["PAINS", "Brenk"]}, ASPIRIN, "phenol_ester structural alert (Brenk)"),
        ({"alerts": ["PAINS"]}, "O=C1C=CC(=O)C=C1", "quinone_A(370) structural alert (PAINS)"),
        ({"alerts": ["NIH"]}, "CC(=O)Cl", "carbonyl_halide structural alert (NIH)"),
        (
            {"alerts": ["ChEMBL-Glaxo"]},
            "O=C1C=CC(=O)C=C1",
            "N1 Quinones structural alert (ChEMBL-Glaxo)",
        ),
        ({"lead": ASPIRIN, "min-similarity": 0.5}, ASPIRIN, None),
        (
            {"lead": ASPIRIN, "max-similarity": 0.9},
            ASPIRIN,
            "1 similarity to the lead (at most 0.9)",
        ),
        (
            {"lead": ASPIRIN, "min-similarity": 0.4},
            "CCN",
            "0.0344828 similarity to the lead (at least 0.4)",
        ),
    ],
)
def test_violations_in_words(entries: dict[str, Any], smiles: str, words: str | None) -> None:
    constraints = Constraints.from_dict(entries)
    assert constraints.violated(parse_molecule(smiles)) == words
    assert constraints.rejection(smiles) == words


@pytest.mark.parametrize("name", ALERTS)
def test_every_catalogue_refuses_an_acid_chloride_or_a_quinone(name: str) -> None:
    constraints = Constraints.from_dict({"alerts": [name]})
    refused = [constraints.rejection(smiles) for smiles in ("CCC(=O)Cl", "O=C1C=CC(=O)C=C1")]
    assert any(text and text.endswith(f"structural alert ({name})") for text in refused)
    assert constraints.rejection("Cc1ccccc1") is None


def test_cheap_checks_come_first() -> None:
    constraints = Constraints.from_dict(
        {"alerts": ["Brenk"], "max-qed": 0, "forbidden-smarts": ["c"], "max-rings": 0}
    )
    assert constraints.rejection(ASPIRIN) == "1 rings (at most 0)"
    assert constraints.rejection("CCO") == "0.406808 drug-likeness (QED) (at most 0)"


def test_rules_count_alike_for_all_molecules() -> None:
    constraints = Constraints.from_dict({"max-heavy-atoms": 2, "alerts": ["Brenk"]})
    rules = {violation.rule for each in POOL if (violation := constraints.violation(each))}
    assert rules == {"heavy atoms (at most 2)"}
    unreadable = constraints.violation("C1CC")
    assert unreadable is not None
    assert unreadable.rule == "not a readable molecule"


@settings(max_examples=settings().max_examples // 2)
@given(
    st.sampled_from(sorted(MOLECULE_PROPERTIES)),
    st.sampled_from(POOL),
    st.floats(-50, 200),
    st.floats(-50, 200),
)
def test_a_range_is_kept_exactly_inside(
    name: str, smiles: str, first: float, second: float
) -> None:
    low, high = sorted((first, second))
    value = MOLECULE_PROPERTIES[name].measure(parse_molecule(smiles))
    constraints = Constraints(limits=(Limit(name, low, high),))
    assert (constraints.rejection(smiles) is None) == (low <= value <= high)
    exact = Constraints(limits=(Limit(name, value, value),))
    assert exact.rejection(smiles) is None


def test_they_survive_json_and_pickle() -> None:
    entries = {
        "required-smarts": ["c"],
        "forbidden-smarts": ["[N+](=O)[O-]", "S"],
        "alerts": ["Brenk"],
        "lead": ASPIRIN,
        "max-logp": 5,
        "min-molecular-weight": 150.5,
        "max-molecular-weight": 500,
        "min-similarity": 0.3,
    }
    constraints = Constraints.from_dict(entries)
    assert constraints.to_dict() == entries
    assert Constraints.from_dict(json.loads(json.dumps(constraints.to_dict()))) == constraints
    constraints.rejection("CC")
    assert pickle.loads(pickle.dumps(constraints)) == constraints
    assert Constraints.from_dict({}) == Constraints()
    assert Constraints().to_dict() == {}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"max-lopg": 5}, r"^here: there is no key 'max-lopg' \(did you mean 'max-logp'\?\)$"),
        ({"max_heavy_atoms": 5}, r"no key 'max_heavy_atoms' \(did you mean 'max-heavy-atoms'\?\)"),
        ({"smarts": []}, r"no key 'smarts' \(did you mean 'required-smarts'\?\)"),
        ({"logp": 3}, r"no key 'logp' \(did you mean 'min-logp'\?\)"),
        ({"lead": "CC", "min-similarity": 40}, "min-similarity is 40; give a number from 0 to 1"),
        (
            {"zzz": 1},
            r"no key 'zzz'; the keys are .*lead, scaffold, and min-NAME and max-NAME of heavy",
        ),
        ({"max-logp": "5"}, "here: max-logp is '5'; give a finite number"),
        ({"max-logp": float("inf")}, "here: max-logp is inf; give a finite number"),
        ({"min-logp": 3, "max-logp": 2}, "here: min-logp is 3, above max-logp, which is 2; lower"),
        ({"required-smarts": "c"}, r"required-smarts is 'c'; give a list of texts, such as"),
        ({"required-smarts": ["C1"]}, "^here: 'C1' is not a substructure that RDKit can read"),
        ({"forbidden-smarts": [" "]}, "here: ' ' is not a substructure"),
        ({"alerts": ["pains"]}, r"no catalogue of alerts 'pains' \(did you mean 'PAINS'\?\)"),
        ({"alerts": ["PAINS", 3]}, "alerts is .*; give a list of texts"),
        ({"lead": "CC"}, "here: the lead CC limits nothing; give min-similarity or max-similarity"),
        ({"min-similarity": 0.5}, "similarity is limited, but not to which molecule"),
        ({"lead": "C1", "min-similarity": 0.5}, "here: the lead: 'C1' is not a molecule"),
        ({"lead": 3, "min-similarity": 0.5}, "here: lead is 3; give a text"),
    ],
)
def test_bad_tables(entries: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Constraints.from_dict(entries, "here")


def test_bad_limits() -> None:
    with pytest.raises(ConfigurationError, match=r"no property 'mass'.*; use heavy-atoms"):
        Constraints(limits=(Limit("mass", 1),))
    with pytest.raises(ConfigurationError, match=r"limited twice \(logp, logp\)"):
        Constraints(limits=(Limit("logp", 1), Limit("logp", None, 2)))


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text('[constraints]\nmax-rings = 2\nalerts = ["ZINC"]\n', encoding="utf-8")
    limits = (Limit("rings", None, 2),)
    assert load_constraints(path) == Constraints(alerts=("ZINC",), limits=limits)
    path.write_text("[other]\n", encoding="utf-8")
    assert load_constraints(path) is None
    path.write_text("[constraints]\n\nmax-ring = 2\n", encoding="utf-8")
    message = r"^rules\.toml, \[constraints\] \(line 3\): .*did you mean 'max-rings'"
    with pytest.raises(ConfigurationError, match=message):
        load_constraints(path)
    path.write_text("constraints = 3\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"\(line 1\): constraints is 3; give a table"):
        load_constraints(path)
    with pytest.raises(ConfigurationError, match=r"gone\.toml cannot be read \(No such file"):
        load_constraints(tmp_path / "gone.toml")


def test_a_number_with_too_many_digits(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(f"[constraints]\nmax-rings = {'9' * 5000}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"rules\.toml is no TOML: Exceeds the limit"):
        load_constraints(path)


def test_all_rules_together() -> None:
    rules = AllRules((MoleculeFilter(), Constraints.from_dict({"max-logp": 1})))
    assert rules.rejection("CCCC") == "0 rings (at least 1)"
    assert rules.rejection("c1ccccc1") == "1.6866 logP (at most 1)"
    assert rules.rejection("C1CC1N") is None
    violation = rules.violation("c1ccccc1")
    assert violation is not None
    assert violation.rule == "logP (at most 1)"


def test_a_molecule_is_not_changed() -> None:
    molecule = parse_molecule(ASPIRIN)
    before = Chem.MolToSmiles(molecule)
    entries = {"alerts": ["PAINS", "Brenk"], "max-qed": 1, "max-sa": 9}
    Constraints.from_dict(entries).violated(molecule)
    assert Chem.MolToSmiles(molecule) == before
