"""What a molecule is here: standard SMILES, size and shape filters, descriptors, similarity."""

from latentbo.chemistry.atoms import atoms, bonds, has_carbon, has_dummy, has_radical
from latentbo.chemistry.count_fingerprints import (
    FORMS,
    CountFingerprints,
    Form,
    SimilarityIndex,
    count_environments,
    count_fingerprints,
    tanimoto,
)
from latentbo.chemistry.descriptor_features import (
    DESCRIPTOR_NAMES,
    describe_molecule,
    descriptor_matrix,
)
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
    read_molecule,
    standardize,
)

__all__ = [
    "DESCRIPTOR_NAMES",
    "FORMS",
    "MAX_SMILES_LENGTH",
    "NUM_FRAGMENTS",
    "CountFingerprints",
    "Descriptors",
    "Form",
    "MoleculeFilter",
    "MoleculeStatus",
    "SimilarityIndex",
    "Standardized",
    "Violation",
    "atoms",
    "bonds",
    "count_environments",
    "count_fingerprints",
    "describe",
    "describe_molecule",
    "descriptor_matrix",
    "fingerprint",
    "fragment_counts",
    "fundamental_cycles",
    "has_carbon",
    "has_dummy",
    "has_radical",
    "logp",
    "longest_cycle",
    "nearest",
    "parse_molecule",
    "qed",
    "read_molecule",
    "standardize",
    "synthetic_accessibility",
    "tanimoto",
]
