from collections import Counter
from pathlib import Path

import pytest

from latentbo.chemistry import MoleculeFilter, standardize
from latentbo.data.pool import default_pool, filtered_pool
from latentbo.errors import DataError


@pytest.fixture(scope="module")
def pool() -> list[str]:
    return default_pool()


def test_default_pool_is_standard_distinct_and_in_file_order(pool: list[str]) -> None:
    assert len(pool) > 4500
    assert len(set(pool)) == len(pool)
    assert pool[0] == standardize("CC1=CC(=O)C=CC1=O").smiles  # the first line of the file
    assert all(standardize(smiles).smiles == smiles for smiles in pool[::25])


def test_pool_of_a_file_skips_what_is_no_molecule(tmp_path: Path) -> None:
    path = tmp_path / "pool.smi"
    path.write_text("OCC\t1\n\nC1CC\t2\nCCO\t3\nC.C\t4\n[CH2]C\t5\n", encoding="utf-8")
    assert default_pool(path) == ["CCO", "CC"]


def test_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"missing \(.*gone\.smi\).*--initial FILE"):
        default_pool(tmp_path / "gone.smi")


def test_file_without_molecules_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.smi"
    path.write_text("\nC1CC 1\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no molecule"):
        default_pool(path)


def test_filter_splits_and_counts_by_rule() -> None:
    long_chain, longer_chain = "C1CC1" + "C" * 36, "C1CC1" + "C" * 40
    pool = ["c1ccccc1", "CCCC", long_chain, "C1CC1", longer_chain]
    passing, reasons = filtered_pool(pool, MoleculeFilter())
    assert passing == ["c1ccccc1", "C1CC1"]
    assert reasons == Counter({"heavy atoms (at most 38)": 2, "rings (at least 1)": 1})


def test_every_molecule_of_the_default_pool_is_accounted_for(pool: list[str]) -> None:
    passing, reasons = filtered_pool(pool, MoleculeFilter())
    assert len(passing) > 2500
    assert len(passing) + reasons.total() == len(pool)
    assert filtered_pool(passing[:300], MoleculeFilter()) == (passing[:300], Counter())
