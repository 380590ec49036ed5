"""The molecules a run starts from when the user brings none: RDKit's own sample of the NCI set."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rdkit import RDConfig

from latentbo.chemistry import MoleculeRules, standardize
from latentbo.errors import DataError

POOL_FILE = Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi"


def default_pool(path: Path = POOL_FILE) -> list[str]:
    """Read the pool that RDKit brings along: the first 5,000 compounds of the NCI database.

    Args:
        path: A file whose lines start with a SMILES string.

    Returns:
        The distinct valid molecules as canonical SMILES in the order of the file, of any size.

    Raises:
        DataError: If this RDKit does not ship the file, or it holds no molecule.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(
            f"RDKit's sample molecules are missing ({path}); "
            "give your own with --initial FILE, one SMILES per line"
        ) from error
    standardized = (standardize(line.split()[0]).smiles for line in lines if line.strip())
    pool = list(dict.fromkeys(smiles for smiles in standardized if smiles is not None))
    if not pool:
        raise DataError(f"{path} holds no molecule; give your own with --initial FILE")
    return pool


def filtered_pool(
    smiles: Iterable[str], molecule_filter: MoleculeRules
) -> tuple[list[str], Counter[str]]:
    """Split molecules into those that pass a filter and a count of the reasons of the others.

    Args:
        smiles: The molecules.
        molecule_filter: The limits to keep.

    Returns:
        The molecules that pass, in order, and how many break which rule first, such as
        `heavy atoms (at most 38)`.
    """
    passing = []
    reasons: Counter[str] = Counter()
    for candidate in smiles:
        violation = molecule_filter.violation(candidate)
        if violation is None:
            passing.append(candidate)
        else:
            reasons[violation.rule] += 1
    return passing, reasons
