"""What a molecule is here: standard SMILES, size and shape filters, descriptors, similarity."""

from latentbo.chemistry.descriptors import (
    Descriptors,
    describe,
    fingerprint,
    logp,
    nearest,
    qed,
    synthetic_accessibility,
)
from latentbo.chemistry.filters import MoleculeFilter, Violation
from latentbo.chemistry.fragments import NUM_FRAGMENTS, fragment_counts
from latentbo.chemistry.rings import fundamental_cycles, longest_cycle
from latentbo.chemistry.standardize import (
    MAX_SMILES_LENGTH,
    MoleculeStatus,
    Standardized,
    parse_molecule,
    standardize,
)

__all__ = [
    "MAX_SMILES_LENGTH",
    "NUM_FRAGMENTS",
    "Descriptors",
    "MoleculeFilter",
    "MoleculeStatus",
    "Standardized",
    "Violation",
    "describe",
    "fingerprint",
    "fragment_counts",
    "fundamental_cycles",
    "logp",
    "longest_cycle",
    "nearest",
    "parse_molecule",
    "qed",
    "standardize",
    "synthetic_accessibility",
]
