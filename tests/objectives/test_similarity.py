from collections import Counter

import pytest
from rdkit import Chem

from latentbo.errors import ConfigurationError, InputError
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.similarity import FINGERPRINTS, similarity


@pytest.mark.parametrize("fingerprint", FINGERPRINTS)
def test_every_drug_is_itself_and_no_other(fingerprint: str) -> None:
    names = ["celecoxib", "sildenafil", "osimertinib", "zaleplon"]
    for name in names:
        molecule = Chem.MolFromSmiles(DRUGS[name])
        found = {other: similarity(molecule, DRUGS[other], fingerprint) for other in names}
        assert found.pop(name) == 1
        assert all(0 < value < 0.8 for value in found.values())


@pytest.mark.parametrize("fingerprint", FINGERPRINTS)
def test_it_is_symmetric(fingerprint: str) -> None:
    first, second = DRUGS["tadalafil"], DRUGS["ranolazine"]
    forth = similarity(Chem.MolFromSmiles(first), second, fingerprint)
    assert forth == similarity(Chem.MolFromSmiles(second), first, fingerprint)


def pairs(molecule: Chem.Mol) -> Counter[tuple[object, ...]]:
    """Atom pairs by hand, for chains of carbon: ends differ from the middle by their degree."""
    distances = Chem.GetDistanceMatrix(molecule)
    degrees = [atom.GetDegree() for atom in molecule.GetAtoms()]
    return Counter(
        (*sorted((degrees[i], degrees[j])), int(distances[i, j]))
        for i in range(len(degrees))
        for j in range(i)
        if distances[i, j] <= 10
    )


@pytest.mark.parametrize(("first", "second"), [(3, 5), (8, 9), (14, 20)])
def test_atom_pairs_are_counted_up_to_ten_bonds(first: int, second: int) -> None:
    molecules = [Chem.MolFromSmiles("C" * length) for length in (first, second)]
    one, other = map(pairs, molecules)
    expected = (one & other).total() / (one | other).total()
    assert similarity(molecules[0], "C" * second, "AP") == pytest.approx(expected)


def test_what_each_circular_fingerprint_sees() -> None:
    chloride = Chem.MolFromSmiles("Clc1ccccc1")
    assert similarity(chloride, "Brc1ccccc1", "FCFP4") == 1  # one role
    assert similarity(chloride, "Brc1ccccc1", "ECFP4") < 0.8  # two elements
    long = Chem.MolFromSmiles("CCCCCCO")
    assert similarity(long, "CCCCCCN", "ECFP6") < similarity(long, "CCCCCCN", "ECFP4")


def test_counts_matter() -> None:
    # As bits, all long chains of carbon are the same.
    assert similarity(Chem.MolFromSmiles("C" * 10), "C" * 20, "ECFP4") < 0.6


def test_no_pattern_at_all_is_no_similarity() -> None:
    assert similarity(Chem.MolFromSmiles("C"), DRUGS["mestranol"], "AP") == 0
    assert similarity(Chem.MolFromSmiles("C"), DRUGS["quinazoline"], "PHCO") == 0


def test_errors() -> None:
    methane = Chem.MolFromSmiles("C")
    with pytest.raises(ConfigurationError, match="no fingerprint 'MACCS'; use one of ECFP4, ECFP6"):
        similarity(methane, "C", "MACCS")
    with pytest.raises(InputError, match="'C1CC' is not a molecule"):
        similarity(methane, "C1CC", "ECFP4")
