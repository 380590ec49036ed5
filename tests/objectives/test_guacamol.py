"""Every goal against the values of GuacaMol's own package, and what must hold of any goal.

The data file names its source and the versions of the packages that made it.
"""

import json
import math
import pickle
from pathlib import Path
from typing import Any

import pytest
from rdkit import Chem

from latentbo.errors import InputError
from latentbo.objectives import OBJECTIVES, Goal
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.guacamol import GUACAMOL_GOALS
from latentbo.objectives.guacamol_v1 import GUACAMOL_V1_GOALS

DATA: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "guacamol.json").read_text(encoding="utf-8")
)
MOLECULES: list[str] = DATA["molecules"]
SCORES: dict[str, list[float]] = DATA["scores"]
GOALS = (*GUACAMOL_GOALS, *GUACAMOL_V1_GOALS)
# The 20 tasks of PMO that need only RDKit, by its names.
PMO = [
    "albuterol_similarity",
    "amlodipine_mpo",
    "celecoxib_rediscovery",
    "deco_hop",
    "fexofenadine_mpo",
    "isomers_c7h8n2o2",
    "isomers_c9h10n2o2pf2cl",
    "median1",
    "median2",
    "mestranol_similarity",
    "osimertinib_mpo",
    "perindopril_mpo",
    "qed",
    "ranolazine_mpo",
    "scaffold_hop",
    "sitagliptin_mpo",
    "thiothixene_rediscovery",
    "troglitazone_rediscovery",
    "valsartan_smarts",
    "zaleplon_mpo",
]


def test_all_tasks_of_pmo_are_built_in_under_its_names() -> None:
    assert len(PMO) == 20
    assert set(PMO) <= set(OBJECTIVES)
    assert all(OBJECTIVES[name].task == "molecules" for name in PMO)


def test_every_goal_has_reference_values_and_a_description() -> None:
    assert {goal.name for goal in GOALS} | {"qed"} == set(SCORES)
    assert len({goal.name for goal in GOALS}) == len(GOALS)
    for goal in GOALS:
        assert OBJECTIVES[goal.name].function == goal
        assert "GuacaMol" in goal.description
        assert "\n" not in goal.description


@pytest.mark.parametrize("name", SCORES)
def test_values_are_guacamols(name: str) -> None:
    expected = SCORES[name]
    assert len(expected) == len(MOLECULES) >= 40
    # Several values that neither a constant nor a step could give.
    assert sum(1e-4 < value < 1 for value in expected) >= 4
    assert [OBJECTIVES[name](smiles) for smiles in MOLECULES] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_spelling_does_not_matter(name: str) -> None:
    objective = OBJECTIVES[name]
    for smiles in MOLECULES[::10]:
        molecule = Chem.MolFromSmiles(smiles)
        spellings = Chem.MolToRandomSmilesVect(molecule, 3, randomSeed=7)
        values = {objective(spelling) for spelling in (*spellings, f" {smiles}\n")}
        assert list(values) == pytest.approx([objective(smiles)] * len(values), abs=1e-12)
        if isinstance(objective.function, Goal):
            assert values == {objective(smiles)}


def test_scores_lie_between_zero_and_one() -> None:
    odd = ("C", "[H][H]", "[Na+].[Cl-]", "C" * 30, "*CC", "[CH3]", "F" + "C(F)(F)" * 5)
    pairs = [(name, each) for name in SCORES for each in odd if name != "qed" or "C" in each]
    scores = {pair: OBJECTIVES[pair[0]](pair[1]) for pair in pairs}
    assert {pair: score for pair, score in scores.items() if not 0 <= score <= 1} == {}


def refusal(name: str, smiles: str) -> str:
    """Return why a goal refuses a string, or a value that it should not have."""
    try:
        return str(OBJECTIVES[name](smiles))
    except InputError as error:
        return str(error)


def test_what_is_no_molecule_is_refused() -> None:
    wrong = ("", "C1CC", "c1ccccc", "C(C)(C)(C)(C)C", "not a molecule")
    said = {(name, smiles): refusal(name, smiles) for name in SCORES for smiles in wrong}
    message = "is not a molecule that RDKit can read"
    assert {pair: text for pair, text in said.items() if message not in text} == {}


@pytest.mark.parametrize(
    ("name", "optimum"),
    [
        ("celecoxib_rediscovery", DRUGS["celecoxib"]),
        ("thiothixene_rediscovery", DRUGS["thiothixene"]),
        ("troglitazone_rediscovery", DRUGS["troglitazone"]),
        ("albuterol_similarity", DRUGS["albuterol"]),
        ("aripiprazole_similarity", DRUGS["aripiprazole"]),
        ("mestranol_similarity", DRUGS["mestranol"]),
        # Fingerprints know no stereochemistry, and 0.75 of similarity is enough.
        ("mestranol_similarity", "COc1ccc2C3CCC4(C)C(CCC4(O)C#CC)C3CCc2c1"),
        ("isomers_c11h24", "CC(C)CCCC(C)CCC"),
        ("isomers_c7h8n2o2", "NNC(=O)c1ccc(O)cc1"),
        # The quinoline instead of the quinazoline: another scaffold, the decoration as it was.
        ("scaffold_hop", "CCCOc1cc2nccc(Nc3ccc4ncsc4c3)c2cc1S(=O)(=O)C(C)(C)C"),
    ],
)
def test_known_optima(name: str, optimum: str) -> None:
    assert OBJECTIVES[name](optimum) == 1


def test_the_drug_itself_is_no_solution_of_its_variation() -> None:
    for drug in ("osimertinib", "fexofenadine", "ranolazine", "perindopril", "amlodipine"):
        assert OBJECTIVES[f"{drug}_mpo"](DRUGS[drug]) < 0.8
    assert OBJECTIVES["deco_hop"](DRUGS["quinazoline"]) == 0.5
    assert OBJECTIVES["scaffold_hop"](DRUGS["quinazoline"]) == pytest.approx(2 / 3)
    # The same structure: the similarity that is not wanted costs exp(-50) to the power 1/4.
    assert OBJECTIVES["sitagliptin_mpo"](DRUGS["sitagliptin"]) == pytest.approx(3.7e-6, rel=0.01)


def test_hydrogens_count() -> None:
    # The atoms of an isomer, but six hydrogens more: exp(-6^2/2) for them, exp(-3^2/2) for the sum.
    hydrogenated = OBJECTIVES["isomers_c7h8n2o2"]("NNC(=O)C1CCC(O)CC1")
    assert hydrogenated == pytest.approx(math.exp(-22.5 / 5))


def test_goals_survive_pickling() -> None:
    copies = pickle.loads(pickle.dumps(GOALS))
    assert copies == GOALS
    drug = DRUGS["zaleplon"]
    scores = [(copy.name, copy(drug), goal(drug)) for copy, goal in zip(copies, GOALS, strict=True)]
    assert [each for each in scores if each[1] != each[2]] == []
