"""Quality of a model's reconstructions and samples of molecules: shares between 0 and 1."""

from collections.abc import Collection, Sequence
from statistics import median

from latentbo.chemistry import Standardized, parse_molecule, qed, synthetic_accessibility
from latentbo.errors import InputError

#: Atoms of the largest ring that drug-like molecules usually have.
USUAL_RING = 7


def exact_reconstruction(originals: Sequence[str], decoded: Sequence[str | None]) -> float:
    """Return the share of strings with an exact reconstruction.

    Both sides should be canonical SMILES.

    Args:
        originals: The n strings that were encoded, n >= 1.
        decoded: The decoded strings, None for invalid decodes.

    Raises:
        InputError: If the lengths differ or there is nothing to compare.
    """
    if len(originals) != len(decoded):
        raise InputError(
            f"exact_reconstruction() got {len(originals)} originals and {len(decoded)} decoded "
            "strings; give one decoded string per original"
        )
    _require_some(originals, "exact_reconstruction")
    return sum(a == b for a, b in zip(originals, decoded, strict=True)) / len(originals)


def validity(samples: Sequence[Standardized]) -> float:
    """Return the share of decoded strings that are molecules, with radicals saturated.

    Raises:
        InputError: If there are no samples.
    """
    _require_some(samples, "validity")
    return sum(sample.is_valid for sample in samples) / len(samples)


def radical_fraction(samples: Sequence[Standardized]) -> float:
    """Return the share of decoded strings that were valid only after saturation with hydrogen.

    Raises:
        InputError: If there are no samples.
    """
    _require_some(samples, "radical_fraction")
    return sum(sample.saturated > 0 for sample in samples) / len(samples)


def uniqueness(smiles: Sequence[str]) -> float:
    """Return the share of distinct strings among canonical SMILES; 0 if there are none."""
    return len(set(smiles)) / len(smiles) if smiles else 0.0


def novelty(smiles: Collection[str], training: Collection[str]) -> float:
    """Return the share of distinct canonical SMILES that are not in `training`; 0 if none."""
    distinct = set(smiles)
    return len(distinct.difference(training)) / len(distinct) if distinct else 0.0


def structure_shares(smiles: Sequence[str]) -> dict[str, float]:
    """Shares and medians that compare the structures of molecules with those of drugs.

    Args:
        smiles: Valid molecules, at least one.

    Returns:
        `large_rings`, the share with a ring of more than seven atoms (of RDKit's smallest set of
        smallest rings); `aromatic`, the share with an aromatic ring; `median_sa`, the median
        synthetic accessibility (Ertl and Schuffenhauer, 2009), from 1 (easy) to 10; `median_qed`,
        the median drug-likeness (Bickerton et al., 2012), from 0 to 1.

    Raises:
        InputError: If there are no molecules, or a string is not a molecule.
    """
    _require_some(smiles, "structure_shares")
    molecules = [parse_molecule(string) for string in smiles]
    rings = [[len(ring) for ring in m.GetRingInfo().AtomRings()] for m in molecules]
    aromatic = [any(atom.GetIsAromatic() for atom in m.GetAtoms()) for m in molecules]
    return {
        "large_rings": sum(max(sizes, default=0) > USUAL_RING for sizes in rings) / len(smiles),
        "aromatic": sum(aromatic) / len(smiles),
        "median_sa": median(map(synthetic_accessibility, molecules)),
        "median_qed": median(map(qed, molecules)),
    }


def _require_some(samples: Sequence[object], function: str) -> None:
    if not samples:
        raise InputError(f"{function}() got no strings; give at least one")
