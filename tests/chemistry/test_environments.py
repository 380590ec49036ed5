from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from latentbo.chemistry import (
    FORMS,
    CountFingerprints,
    Form,
    SimilarityIndex,
    count_environments,
    count_fingerprints,
    tanimoto,
)
from latentbo.errors import InputError

SMILES = [
    "CCO",
    "CCCCCCCCCC",
    "c1ccccc1",
    "c1ccccc1O",
    "CC(=O)Oc1ccccc1C(=O)O",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "C",
    "C[NH3+]",
    "FC(F)(F)c1ccc(Cl)cc1",
    "N#Cc1ccccc1",
    "OCC",
]

Molecule = dict[int, int]
COUNTS = st.dictionaries(st.integers(0, 2**64 - 1), st.integers(1, 40), max_size=6)


def fingerprints(molecules: list[Molecule]) -> CountFingerprints:
    rows = []
    for molecule in molecules:
        items = sorted(molecule.items())
        rows.append(
            (
                np.array([number for number, _ in items], np.uint64),
                np.array([count for _, count in items], np.int64),
            )
        )
    return CountFingerprints.join(rows)


def brute_force(a: Molecule, b: Molecule, form: Form) -> float:
    keys = a.keys() | b.keys()
    pairs = [(a.get(key, 0), b.get(key, 0)) for key in keys]
    if form == "minmax":
        above, below = sum(min(pair) for pair in pairs), sum(max(pair) for pair in pairs)
    else:
        above = sum(x * y for x, y in pairs)
        below = sum(x * x + y * y - x * y for x, y in pairs)
    return above / below if below else 0.0


@pytest.mark.parametrize("form", FORMS)
@given(a=st.lists(COUNTS, max_size=5), b=st.lists(COUNTS, max_size=5))
def test_similarity_is_that_of_the_definition(
    form: Form, a: list[Molecule], b: list[Molecule]
) -> None:
    b = b + a[:2]
    expected = [[brute_force(x, y, form) for y in b] for x in a]
    found = tanimoto(fingerprints(a), fingerprints(b), form)
    assert found.dtype == torch.float64
    assert found.shape == (len(a), len(b))
    torch.testing.assert_close(
        found, torch.tensor(expected, dtype=torch.float64).reshape(len(a), len(b))
    )


def test_minmax_is_rdkits_similarity_of_count_vectors() -> None:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=3)
    vectors = [generator.GetSparseCountFingerprint(Chem.MolFromSmiles(s)) for s in SMILES]
    expected = [DataStructs.BulkTanimotoSimilarity(vector, vectors) for vector in vectors]
    found = count_fingerprints(SMILES)
    torch.testing.assert_close(
        tanimoto(found, found, "minmax"), torch.tensor(expected, dtype=torch.float64)
    )


@pytest.mark.parametrize("radius", [0, 2, 3])
def test_counts_are_rdkits(radius: int) -> None:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius)
    for string, row in zip(SMILES, range(len(SMILES)), strict=True):
        expected = generator.GetSparseCountFingerprint(Chem.MolFromSmiles(string))
        environments, counts = count_fingerprints(SMILES, radius).row(row)
        assert dict(zip(environments.tolist(), counts.tolist(), strict=True)) == (
            expected.GetNonzeroElements()
        )
        assert environments.tolist() == sorted(environments.tolist())


@pytest.mark.parametrize("form", FORMS)
def test_the_similarity_is_a_kernel(form: Form) -> None:
    found = count_fingerprints(SMILES)
    similarity = tanimoto(found, found, form)
    assert torch.equal(similarity, similarity.T)
    assert torch.equal(similarity.diagonal(), torch.ones(len(SMILES)).double())
    assert float(similarity.min()) >= 0
    assert float(similarity.max()) <= 1
    # The first and the last are two spellings of one molecule, all others differ.
    values = torch.linalg.eigvalsh(similarity)
    assert float(values[0]) == pytest.approx(0, abs=1e-12)
    assert float(values[1]) > 1e-3
    assert similarity[0, -1] == 1


@pytest.mark.parametrize("form", FORMS)
def test_extension_equals_a_start_from_scratch(form: Form) -> None:
    everything = count_fingerprints(SMILES)
    known, new = count_fingerprints(SMILES[:6]), count_fingerprints(SMILES[6:])
    extended = known.extend(new)
    for name, array in vars(extended).items():
        assert array.tolist() == getattr(everything, name).tolist()
        assert array.dtype == getattr(everything, name).dtype
    expected = tanimoto(everything, everything, form)
    assert torch.equal(tanimoto(extended, extended, form), expected)


@pytest.mark.parametrize("form", FORMS)
def test_many_molecules_have_frequent_and_rare_columns(form: Form) -> None:
    generator = torch.Generator().manual_seed(0)
    molecules: list[Molecule] = []
    for _ in range(80):
        common = torch.randint(10, (6,), generator=generator).tolist()
        rare = torch.randint(10, 300, (6,), generator=generator).tolist()
        molecules.append(dict(Counter(common + rare)))
    index = SimilarityIndex(fingerprints(molecules), form)
    assert 0 < index._num_dense < index._sparse.shape[0]
    expected = [[brute_force(a, b, form) for b in molecules] for a in molecules[:9]]
    found = index.similarity(fingerprints(molecules[:9]))
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))
    # Whole numbers: alone or with others, to the last bit.
    alone = [index.similarity(fingerprints([molecule])) for molecule in molecules[:9]]
    assert torch.equal(torch.cat(alone), found)


def test_rows_are_chosen_in_any_order_and_repeatedly() -> None:
    found = count_fingerprints(SMILES)
    chosen = found.rows([3, 0, 3])
    assert len(chosen) == 3
    for row, original in enumerate([3, 0, 3]):
        assert chosen.row(row)[0].tolist() == found.row(original)[0].tolist()
        assert chosen.row(row)[1].tolist() == found.row(original)[1].tolist()
    assert len(found.rows([])) == 0


def test_no_molecules_are_no_rows() -> None:
    none, some = count_fingerprints([]), count_fingerprints(SMILES)
    assert len(none) == 0
    assert tanimoto(none, some).shape == (0, len(SMILES))
    assert tanimoto(some, none).shape == (len(SMILES), 0)


def test_what_is_no_molecule_is_refused() -> None:
    with pytest.raises(InputError, match=r"'nonsense' is not a molecule"):
        count_fingerprints(["CCO", "nonsense"])


def test_a_large_molecule_is_counted_exactly() -> None:
    chain = "C" * 1500
    environments, counts = count_environments(Chem.MolFromSmiles(chain))
    assert counts.max() > 1000
    both = CountFingerprints.join([(environments, counts), (environments, counts + 1)])
    a, b = counts.tolist(), (counts + 1).tolist()
    shared = sum(x * y for x, y in zip(a, b, strict=True))
    expected = shared / (sum(x * x for x in a) + sum(y * y for y in b) - shared)
    assert float(tanimoto(both, both, "product")[0, 1]) == pytest.approx(expected, rel=1e-15)
    assert float(tanimoto(both, both, "minmax")[0, 1]) == pytest.approx(sum(a) / sum(b), rel=1e-15)
