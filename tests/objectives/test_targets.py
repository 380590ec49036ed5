import pytest

from latentbo.chemistry import standardize
from latentbo.errors import ObjectiveError
from latentbo.objectives import OBJECTIVES, targets

SINGLE = """celecoxib_rediscovery thiothixene_rediscovery troglitazone_rediscovery
albuterol_similarity aripiprazole_similarity mestranol_similarity aripiprazole_similarity_v1"""
PAIRS = "median1 median2 median1_v1"


@pytest.mark.parametrize("name", SINGLE.split())
def test_one_target_that_scores_one(name: str) -> None:
    (target,) = targets(name)
    assert standardize(target).smiles == target
    assert OBJECTIVES[name](target) == 1


@pytest.mark.parametrize("name", PAIRS.split())
def test_a_median_has_two(name: str) -> None:
    first, second = targets(name)
    assert first != second
    for target in (first, second):
        assert standardize(target).smiles == target
        assert 0 < OBJECTIVES[name](target) < 1


def test_no_other_objective_has_a_target() -> None:
    others = set(OBJECTIVES) - {*SINGLE.split(), *PAIRS.split()}
    assert {"qed", "perindopril_mpo", "deco_hop", "valsartan_smarts", "target-fit"} <= others
    assert all(targets(name) == () for name in others)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"no built-in objective 'score\.py:f'.*OBJECTIVES"):
        targets("score.py:f")
