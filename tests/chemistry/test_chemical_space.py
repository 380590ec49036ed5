import numpy as np
import pytest

from latentbo.chemistry import chemical_space as module
from latentbo.chemistry.chemical_space import chemical_space
from latentbo.chemistry.murcko import murcko_scaffold

ANILIDES = [f"O=C(Nc1ccccc1)c1ccc({end})cc1" for end in ("F", "Cl", "Br", "C", "OC", "N")]
CHAINS = [f"CCCCC{'C' * number}O" for number in range(6)]


def test_similar_molecules_lie_near_each_other() -> None:
    points = chemical_space([*ANILIDES, *CHAINS])
    assert points.shape == (12, 2)
    centres = points[:6].mean(0), points[6:].mean(0)
    spread = max(np.linalg.norm(points[:6] - centres[0], axis=1).max(), 1e-9)
    assert np.linalg.norm(centres[0] - centres[1]) > 2 * spread


def test_the_map_is_kernel_pca_as_the_library_does_it() -> None:
    decomposition = pytest.importorskip("sklearn.decomposition")
    from rdkit.DataStructs import BulkTanimotoSimilarity

    from latentbo.chemistry import fingerprint, parse_molecule

    smiles = [*ANILIDES, *CHAINS]
    prints = [fingerprint(parse_molecule(each)) for each in smiles]
    kernel = np.array([BulkTanimotoSimilarity(each, prints) for each in prints])
    expected = decomposition.KernelPCA(2, kernel="precomputed").fit_transform(kernel)
    points = chemical_space(smiles)
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-7)


def test_further_molecules_are_placed_by_the_landmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    smiles = [string for pair in zip(ANILIDES, ANILIDES, strict=True) for string in pair] + CHAINS
    monkeypatch.setattr(module, "NUM_LANDMARKS", 9)
    points = chemical_space(smiles)
    # Every other one is a landmark; its twin, which is none, lies on the same point.
    np.testing.assert_allclose(points[0:12:2], points[1:12:2], atol=1e-9)
    np.testing.assert_array_equal(points, chemical_space(smiles))


@pytest.mark.parametrize("smiles", [[], ["CCO"], ["CCO", "CCO"]])
def test_too_few_molecules_lie_at_the_origin(smiles: list[str]) -> None:
    np.testing.assert_array_equal(chemical_space(smiles), np.zeros((len(smiles), 2)))


@pytest.mark.parametrize(
    ("smiles", "scaffold"),
    [
        ("CC[C@@H]1CCC(N)C1c1ccccc1OC", "c1ccc(C2CCCC2)cc1"),
        ("COc1ccc(C(=O)Nc2ccccc2)cc1", "O=C(Nc1ccccc1)c1ccccc1"),
        ("CCO", ""),
    ],
)
def test_scaffolds(smiles: str, scaffold: str) -> None:
    assert murcko_scaffold(smiles) == scaffold
