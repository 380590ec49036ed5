from statistics import median

import pytest

from latentbo.chemistry import describe, standardize
from latentbo.errors import InputError
from latentbo.metrics import (
    exact_reconstruction,
    novelty,
    radical_fraction,
    structure_shares,
    uniqueness,
    validity,
)


def test_exact_reconstruction_counts_equal_strings() -> None:
    assert exact_reconstruction(["CC", "CO", "CN", "CS"], ["CC", "CN", None, "CS"]) == 0.5


def test_exact_reconstruction_needs_pairs() -> None:
    with pytest.raises(InputError, match="2 originals and 1 decoded"):
        exact_reconstruction(["C", "CC"], ["C"])
    with pytest.raises(InputError, match="no strings"):
        exact_reconstruction([], [])


def test_validity_and_radicals_of_raw_decodes() -> None:
    samples = [standardize(s) for s in ("CC", "C[CH2]", "[C]", "C1CC", "")]
    assert validity(samples) == pytest.approx(3 / 5)
    assert radical_fraction(samples) == pytest.approx(2 / 5)


def test_invalid_radicals_are_not_counted_as_saturated() -> None:
    assert radical_fraction([standardize("C[CH2].C"), standardize("[O]")]) == 0


def test_shares_of_nothing() -> None:
    for share in (validity, radical_fraction):
        with pytest.raises(InputError, match="no strings"):
            share([])
    assert uniqueness([]) == 0
    assert novelty([], {"C"}) == 0


def test_uniqueness() -> None:
    assert uniqueness(["C", "C", "CC", "CCC"]) == 0.75
    assert uniqueness(["C"]) == 1


def test_novelty_counts_distinct_molecules() -> None:
    samples = ["C", "C", "C", "CC", "CCC"]
    assert novelty(samples, {"C"}) == pytest.approx(2 / 3)
    assert novelty(samples, ["C", "CC", "CCC"]) == 0
    assert novelty(samples, set()) == 1


def test_structure_shares_count_rings_and_aromatic_molecules() -> None:
    large, aromatic, chain = "C1CCCCCCC1", "c1ccccc1C", "CCCCC"
    found = structure_shares([large, aromatic, aromatic, chain])
    assert (found["large_rings"], found["aromatic"]) == (0.25, 0.5)
    values = [describe(string) for string in (large, aromatic, aromatic, chain)]
    assert found["median_sa"] == pytest.approx(median(each.sa for each in values))
    assert found["median_qed"] == pytest.approx(median(each.qed for each in values))
    assert structure_shares(["C1CCCCCC1"])["large_rings"] == 0


def test_structure_shares_need_molecules() -> None:
    with pytest.raises(InputError, match="structure_shares"):
        structure_shares([])
