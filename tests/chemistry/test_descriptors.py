import random
from pathlib import Path

import pytest
from rdkit import Chem, DataStructs, RDConfig
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from latentbo.chemistry import describe, nearest
from latentbo.errors import InputError

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
POOL_FILE = Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi"


@pytest.fixture(scope="module")
def molecules() -> list[str]:
    lines = POOL_FILE.read_text(encoding="utf-8").splitlines()[:300]
    return [line.split()[0] for line in lines]


def test_aspirin() -> None:
    # As widely quoted for these implementations.
    aspirin = describe(ASPIRIN)
    assert aspirin.qed == pytest.approx(0.55, abs=0.005)
    assert aspirin.sa == pytest.approx(1.58, abs=0.005)
    assert aspirin.logp == pytest.approx(1.31, abs=0.005)
    assert aspirin.heavy_atoms == 13


def test_ranges_and_other_routes_over_a_sample(molecules: list[str]) -> None:
    for smiles in molecules[::4]:
        molecule = Chem.MolFromSmiles(smiles)
        found = describe(smiles)
        assert 0 < found.qed < 1
        assert 1 <= found.sa <= 10
        atoms = rdMolDescriptors._CalcCrippenContribs(Chem.AddHs(molecule))
        assert found.logp == pytest.approx(sum(logp for logp, _ in atoms), abs=1e-9)
        assert found.heavy_atoms == sum(a.GetAtomicNum() > 1 for a in molecule.GetAtoms())


def test_hard_molecules_have_higher_sa() -> None:
    strychnine = "O=C1CC2OCC=C3CN4CCC56C4CC3C2C6N1c1ccccc15"
    assert describe(strychnine).sa > describe(ASPIRIN).sa + 2


@pytest.mark.parametrize("smiles", ["", "C1CC"])
def test_describe_refuses_what_is_no_molecule(smiles: str) -> None:
    with pytest.raises(InputError, match="is not a molecule"):
        describe(smiles)


def test_nearest_finds_the_molecule_itself(molecules: list[str]) -> None:
    queries = random.Random(0).sample(molecules, 20)
    assert all(similarity == 1.0 for _, similarity in nearest(queries, molecules))


def test_nearest_equals_a_loop(molecules: list[str]) -> None:
    references, queries = molecules[:60], molecules[60:80]

    def bits(smiles: str) -> set[int]:
        molecule = Chem.MolFromSmiles(smiles)
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
        return set(generator.GetFingerprint(molecule).GetOnBits())

    def tanimoto(a: set[int], b: set[int]) -> float:
        return len(a & b) / len(a | b)

    for query, (reference, similarity) in zip(queries, nearest(queries, references), strict=True):
        similarities = [tanimoto(bits(query), bits(other)) for other in references]
        assert similarity == pytest.approx(max(similarities))
        assert reference == references[similarities.index(max(similarities))]


def test_nearest_keeps_the_first_of_equals() -> None:
    assert nearest(["CCO"], ["CCC", "OCC", "CCO"]) == [("OCC", 1.0)]
    assert nearest([], ["C"]) == []


def test_nearest_needs_references() -> None:
    with pytest.raises(InputError, match="no reference molecules"):
        nearest(["C"], [])


def test_fingerprints_compare_as_rdkit_does() -> None:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    a, b = (generator.GetFingerprint(Chem.MolFromSmiles(s)) for s in (ASPIRIN, "c1ccccc1"))
    assert nearest([ASPIRIN], ["c1ccccc1"])[0][1] == DataStructs.TanimotoSimilarity(a, b)
