import math

import pytest
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from latentbo.errors import ConfigurationError
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.formula import Formula, atom_counts, parse_formula
from latentbo.objectives.term import MeanKind

OTHERS = ("O", "[H][H]", "[2H]C([2H])([2H])O", "[NH4+].[Cl-]", "[13CH4]", "C[N+](C)(C)C", "CBr")


@pytest.mark.parametrize("smiles", [*DRUGS.values(), *OTHERS])
def test_atoms_are_those_of_rdkits_formula(smiles: str) -> None:
    molecule = Chem.MolFromSmiles(smiles)
    formula = rdMolDescriptors.CalcMolFormula(molecule).rstrip("+-")
    assert +atom_counts(molecule) == dict(parse_formula(formula))


def test_formulas_are_split() -> None:
    assert parse_formula("C9H10N2O2PF2Cl") == (
        ("C", 9),
        ("H", 10),
        ("N", 2),
        ("O", 2),
        ("P", 1),
        ("F", 2),
        ("Cl", 1),
    )


@pytest.mark.parametrize("kind", ["geometric", "arithmetic"])
def test_isomers_score_one_and_others_less(kind: MeanKind) -> None:
    score = Formula("C4H10O", kind)
    for isomer in ("CCCCO", "CC(C)(C)O", "CCOCC"):
        assert score(isomer) == 1
    for other in ("CCCCC", "CCCO", "CCCC=O", "CCCCS"):
        assert 0 < score(other) < 1


def test_values_by_hand() -> None:
    # Methanol for ethanol: one carbon, two hydrogens and three atoms too few.
    methanol = "CO"
    parts = [math.exp(-1 / 2), math.exp(-4 / 2), 1.0, math.exp(-((3 / 2) ** 2) / 2)]
    assert Formula("C2H6O", "arithmetic")(methanol) == pytest.approx(sum(parts) / 4)
    assert Formula("C2H6O")(methanol) == pytest.approx(math.prod(parts) ** 0.25)


def test_other_elements_count_in_the_sum_of_atoms() -> None:
    # As many carbons and hydrogens as asked for, and one iodine more.
    iodide = "CCI"
    assert Formula("C2H5", "arithmetic")(iodide) == pytest.approx((2 + math.exp(-1 / 8)) / 3)


@pytest.mark.parametrize("formula", ["", "c7h8", "C7-H8", "C0H4", "C7H8 ", "Xx2", "7C", "C7H8+"])
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is not a molecular formula; write elements"):
        Formula(formula)


def test_an_element_must_not_stand_twice() -> None:
    with pytest.raises(ConfigurationError, match="'CH3CH3' names an element twice"):
        Formula("CH3CH3")


def test_the_mean_must_be_known() -> None:
    unknown: MeanKind = "median"  # type: ignore[assignment]
    with pytest.raises(ConfigurationError, match="no mean 'median'"):
        Formula("CH4", unknown)
