import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem, DataStructs

from latentbo.chemistry import fingerprint
from latentbo.errors import ConfigurationError, InputError
from latentbo.proposals import Diversity, far_enough

ASPIRIN, BENZENE, OCTANE = "CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1", "CCCCCCCC"


def distance(first: str, second: str) -> float:
    bits = [fingerprint(Chem.MolFromSmiles(smiles)) for smiles in (first, second)]
    return 1.0 - float(DataStructs.TanimotoSimilarity(*bits))


def test_distances_by_hand() -> None:
    # Environments of radius 0, 1, 2: ethane has one atom type and, from it, one pair: 2 bits.
    # Propane: CH3, CH2; both with their neighbours: 4 bits; none but CH3 is ethane's.
    assert Diversity(0.5, ["CC"]).distance("CCC") == pytest.approx(distance("CC", "CCC"))
    assert Diversity(0.5, [BENZENE]).distance("C1=CC=CC=C1") == 0
    assert Diversity(0.5, [BENZENE]).distance(OCTANE) == 1
    assert Diversity(0.5).distance(BENZENE) == 1
    assert Diversity(0.5, [OCTANE, BENZENE]).distance(BENZENE) == 0


def test_the_first_of_near_molecules_is_kept() -> None:
    assert far_enough([BENZENE, BENZENE, OCTANE], [], 0.1) == [True, False, True]
    assert far_enough([BENZENE, OCTANE], [OCTANE], 0.1) == [True, False]
    # Refused molecules bar nobody.
    near = distance("CCCCCCO", "CCCCCCN")
    assert far_enough(["CCCCCCO", "CCCCCCN"], [], near + 0.01) == [True, False]
    assert far_enough(["CCCCCCO", "CCCCCCN"], [], near) == [True, True]


def test_a_least_distance_of_zero_keeps_all_and_of_one_the_disjoint() -> None:
    assert far_enough([BENZENE, BENZENE], [BENZENE], 0.0) == [True, True]
    assert far_enough([BENZENE, OCTANE, ASPIRIN], [], 1.0) == [True, True, False]
    assert far_enough([], [BENZENE], 0.5) == []


@settings(max_examples=settings().max_examples // 2)
@given(data=st.data(), least=st.floats(0, 1))
def test_the_greedy_rule(varied: list[str], data: st.DataObject, least: float) -> None:
    new = data.draw(st.lists(st.sampled_from(varied), max_size=12))
    accepted = data.draw(st.lists(st.sampled_from(varied), max_size=3))
    settled = list(accepted)
    for smiles, kept in zip(new, far_enough(new, accepted, least), strict=True):
        nearest = min((distance(smiles, other) for other in settled), default=1.0)
        assert kept == (nearest >= least - 1e-12)
        if kept:
            settled.append(smiles)


def test_one_at_a_time_equals_all_at_once(varied: list[str]) -> None:
    diversity = Diversity(0.85, varied[:5])
    admitted = [diversity.admit(smiles) for smiles in varied[5:]]
    assert admitted == far_enough(varied[5:], varied[:5], 0.85)
    assert len(diversity) == 5 + sum(admitted)
    assert 0 < sum(admitted) < len(admitted)


@pytest.mark.parametrize("least", [-0.1, 1.5, math.nan])
def test_distances_out_of_range(least: float) -> None:
    with pytest.raises(ConfigurationError, match=f"min_distance is {least}; give a Tanimoto"):
        far_enough(["CC"], [], least)


def test_strings_that_are_no_molecules() -> None:
    with pytest.raises(InputError, match="'C1CC' is not a molecule"):
        far_enough(["C1CC"], [], 0.5)
