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
    "Descriptors",
    "MoleculeFilter",
    "MoleculeStatus",
    "Standardized",
    "Violation",
    "describe",
    "fingerprint",
    "fundamental_cycles",
    "logp",
    "longest_cycle",
    "nearest",
    "parse_molecule",
    "qed",
    "standardize",
    "synthetic_accessibility",
]
