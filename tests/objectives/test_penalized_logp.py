import gzip
import os
import statistics
from pathlib import Path

import networkx
import numpy as np
import pytest
from rdkit import Chem, RDConfig
from rdkit.Chem import rdMolDescriptors
from rdkit.Contrib.SA_Score import sascorer

from latentbo.chemistry import describe, longest_cycle, standardize
from latentbo.errors import InputError
from latentbo.objectives import penalized_logp, small_penalized_logp

# The best three of ZINC-250k and the best chain of RDKit's NCI sample.
PUBLISHED = {
    "COc1ccc(-c2cc(-c3ccccc3)cc(-c3ccc(Br)cc3)[o+]2)cc1": 4.52,
    "COc1ccc(-c2cc(-c3ccccc3)cc(-c3ccc(I)cc3)[o+]2)cc1": 4.30,
    "FC(F)(F)c1cccc(Nc2scc(-c3ccc(Cl)cc3)[n+]2CCc2ccccc2)c1": 4.23,
    "C" * 34: 10.17,
}


def by_hand(smiles: str) -> float:
    """The same score by another route: atom contributions, networkx, constants typed again."""
    molecule = Chem.MolFromSmiles(smiles)
    contributions = rdMolDescriptors._CalcCrippenContribs(Chem.AddHs(molecule))
    logp = sum(logp for logp, _ in contributions)
    graph = networkx.from_numpy_array(Chem.GetAdjacencyMatrix(molecule))
    root = molecule.GetNumAtoms() - 1
    longest = max(map(len, networkx.cycle_basis(graph, root=root)), default=0)
    values = np.array([logp, -sascorer.calculateScore(molecule), -max(0, longest - 6)])
    means = np.array([2.45712, -3.05329, -0.04879])
    deviations = np.array([1.43433, 0.83488, 0.28797])
    return float(((values - means) / deviations).sum())


@pytest.mark.parametrize("smiles", PUBLISHED)
def test_best_molecules(smiles: str) -> None:
    assert penalized_logp(smiles) == pytest.approx(PUBLISHED[smiles], abs=0.005)


def test_equals_the_sum_by_hand() -> None:
    lines = (Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi").read_text(encoding="utf-8")
    pool = [standardize(line.split()[0]).smiles or "C" for line in lines.splitlines()[::2]]
    large = [smiles for smiles in pool if longest_cycle(Chem.MolFromSmiles(smiles)) > 6]
    assert len(large) >= 10
    for smiles in (*large, *pool[::20]):
        assert penalized_logp(smiles) == pytest.approx(by_hand(smiles), abs=1e-9)


@pytest.mark.parametrize(("ring_size", "excess"), [(3, 0), (6, 0), (7, 1), (8, 2), (14, 8)])
def test_only_rings_above_six_are_penalised(ring_size: int, excess: int) -> None:
    ring = f"C1{'C' * (ring_size - 2)}C1"
    values = describe(ring)
    cycle = (
        penalized_logp(ring) - (values.logp - 2.45712) / 1.43433 - (3.05329 - values.sa) / 0.83488
    )
    assert cycle == pytest.approx((0.04879 - excess) / 0.28797)


def test_spelling_does_not_matter() -> None:
    # Bridged and fused rings, where the cycle basis depends on the order of the atoms.
    for smiles in (
        "C1CC2CCC1C2",
        "c1ccc2c(c1)ccc1ccccc12",
        "O=C1CC2OCC=C3CN4CCC56C4CC3C2C6N1c1ccccc15",
    ):
        molecule = Chem.MolFromSmiles(smiles)
        spellings = [Chem.MolToSmiles(molecule, doRandom=True) for _ in range(30)]
        assert len({penalized_logp(spelling) for spelling in spellings}) == 1


def test_chains_are_rewarded_without_end() -> None:
    scores = [penalized_logp("C" * length) for length in (5, 10, 20, 40, 80)]
    assert scores == sorted(scores)
    assert scores[-1] > 20


@pytest.mark.parametrize("smiles", ["", "C1CC", "not a molecule"])
def test_what_is_no_molecule_is_refused(smiles: str) -> None:
    with pytest.raises(InputError, match="is not a molecule that RDKit can read"):
        penalized_logp(smiles)


def test_distribution_over_zinc() -> None:
    folder = os.environ.get("LATENTBO_DATA_DIR")
    if folder is None or not (path := Path(folder) / "zinc250k.smi.gz").is_file():
        pytest.skip("needs zinc250k.smi.gz in the folder that LATENTBO_DATA_DIR names")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        scores = [penalized_logp(line.split()[0]) for line in list(lines)[::200]]
    # Over all of ZINC-250k: median 0.43, mean 0.00, standard deviation 2.06, best 4.52.
    error = 2.06 / len(scores) ** 0.5
    assert statistics.median(scores) == pytest.approx(0.43, abs=4 * 1.25 * error)
    assert statistics.fmean(scores) == pytest.approx(0, abs=4 * error)
    assert max(scores) < 4.525


def test_the_size_limit_changes_no_value_up_to_38_atoms() -> None:
    for smiles in (*PUBLISHED, "C" * 38, "c1ccccc1"):
        assert small_penalized_logp(smiles) == penalized_logp(smiles)


@pytest.mark.parametrize("atoms", [39, 80])
def test_larger_molecules_have_no_value(atoms: int) -> None:
    message = f"has {atoms} heavy atoms, and penalized-logp-38 scores at most 38; filter by size"
    with pytest.raises(InputError, match=message):
        small_penalized_logp("C" * atoms)


def test_hydrogens_do_not_count_as_size() -> None:
    assert small_penalized_logp("[H]C([H])([H])" + "C" * 37) == penalized_logp("C" * 38)


def test_the_size_limit_refuses_what_is_no_molecule() -> None:
    with pytest.raises(InputError, match="is not a molecule that RDKit can read"):
        small_penalized_logp("C1CC")
