"""The fingerprints by which GuacaMol compares molecules, and the Tanimoto similarity of two.

All but one count how often a pattern occurs and keep every pattern (nothing is folded into bits);
stereochemistry plays no part.

| name | patterns |
|---|---|
| `ECFP4`, `ECFP6` | circular, radius 2 and 3, by element and bonds (Rogers and Hahn, 2010) |
| `FCFP4` | circular, radius 2, by the role of the atom (donor, acceptor, aromatic, …) |
| `AP` | pairs of atoms and their distance, up to 10 bonds (Carhart et al., 1985) |
| `PHCO` | pairs and triangles of pharmacophore features, as a set (Gobbi and Poppinger, 1998) |
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from latentbo.chemistry import parse_molecule
from latentbo.errors import ConfigurationError

# RDKit has a vector class for each kind; what matters is that two of a kind can be compared.
Fingerprint = Any


def similarity(molecule: Chem.Mol, target: str, fingerprint: str) -> float:
    """Return the Tanimoto similarity of a molecule to a target.

    With the counts `a_i` and `b_i` of the patterns: `sum_i min(a_i, b_i) / sum_i max(a_i, b_i)`.

    Args:
        molecule: The molecule.
        target: A SMILES string.
        fingerprint: One of `FINGERPRINTS`.

    Returns:
        0 to 1; 0 if the molecule has no pattern at all, as methane has no atom pair.

    Raises:
        ConfigurationError: If there is no such fingerprint.
        InputError: If the target is not a molecule.
    """
    return float(
        DataStructs.TanimotoSimilarity(
            _generator(fingerprint)(molecule), _target_fingerprint(target, fingerprint)
        )
    )


def check_fingerprint(name: str) -> None:
    """Refuse an unknown fingerprint.

    Raises:
        ConfigurationError: If there is no such fingerprint.
    """
    if name not in FINGERPRINTS:
        raise ConfigurationError(
            f"there is no fingerprint {name!r}; use one of {', '.join(FINGERPRINTS)}"
        )


def _circular(radius: int) -> Callable[[Chem.Mol], Fingerprint]:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius).GetSparseCountFingerprint


def _circular_roles() -> Callable[[Chem.Mol], Fingerprint]:
    roles = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, atomInvariantsGenerator=roles)
    return generator.GetSparseCountFingerprint


def _atom_pairs() -> Callable[[Chem.Mol], Fingerprint]:
    generator = rdFingerprintGenerator.GetAtomPairGenerator(maxDistance=10)
    return generator.GetSparseCountFingerprint


def _pharmacophores() -> Callable[[Chem.Mol], Fingerprint]:
    # Its tables take a moment to build, and few goals need them.
    from rdkit.Chem.Pharm2D import Generate, Gobbi_Pharm2D  # noqa: PLC0415

    return lambda molecule: Generate.Gen2DFingerprint(molecule, Gobbi_Pharm2D.factory)


FINGERPRINTS: dict[str, Callable[[], Callable[[Chem.Mol], Fingerprint]]] = {
    "ECFP4": lambda: _circular(2),
    "ECFP6": lambda: _circular(3),
    "FCFP4": _circular_roles,
    "AP": _atom_pairs,
    "PHCO": _pharmacophores,
}


@cache
def _generator(name: str) -> Callable[[Chem.Mol], Fingerprint]:
    check_fingerprint(name)
    return FINGERPRINTS[name]()


@cache
def _target_fingerprint(target: str, fingerprint: str) -> Fingerprint:
    return _generator(fingerprint)(parse_molecule(target))
