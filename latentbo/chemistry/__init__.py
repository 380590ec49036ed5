"""Molecules: standard SMILES, size and shape filters, descriptors, similarity."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from latentbo.chemistry.atoms import atoms, bonds, has_carbon, has_dummy, has_radical
from latentbo.chemistry.constraints import (
    ALERTS,
    CONSTRAINT_KEYS,
    AllRules,
    Constraints,
    Limit,
    MoleculeRules,
    alert_catalogue,
    load_constraints,
    pattern,
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
from latentbo.chemistry.makeable import CHEMISTRY, NONE, USUAL, MakeableRules
from latentbo.chemistry.properties import MOLECULE_PROPERTIES, MoleculeProperty, property_name
from latentbo.chemistry.recombination import canonical_smiles, recombined
from latentbo.chemistry.rings import fundamental_cycles, longest_cycle
from latentbo.chemistry.scaffold import HYDROGEN, Scaffold
from latentbo.chemistry.standardize import (
    MAX_SMILES_LENGTH,
    MoleculeStatus,
    Standardized,
    parse_molecule,
    read_molecule,
    standardize,
)
from latentbo.chemistry.tables import Table, nearest_name, read_table

if TYPE_CHECKING:
    from latentbo.chemistry.descriptor_features import (
        DESCRIPTOR_NAMES,
        describe_molecule,
        descriptor_matrix,
    )
    from latentbo.chemistry.environments import (
        FORMS,
        CountFingerprints,
        Form,
        SimilarityIndex,
        count_environments,
        count_fingerprints,
        tanimoto,
    )
    from latentbo.chemistry.fragments import NUM_FRAGMENTS, fragment_counts

__all__ = [
    "ALERTS",
    "CHEMISTRY",
    "CONSTRAINT_KEYS",
    "DESCRIPTOR_NAMES",
    "FORMS",
    "HYDROGEN",
    "MAX_SMILES_LENGTH",
    "MOLECULE_PROPERTIES",
    "NONE",
    "NUM_FRAGMENTS",
    "USUAL",
    "AllRules",
    "Constraints",
    "CountFingerprints",
    "Descriptors",
    "Form",
    "Limit",
    "MakeableRules",
    "MoleculeFilter",
    "MoleculeProperty",
    "MoleculeRules",
    "MoleculeStatus",
    "Scaffold",
    "SimilarityIndex",
    "Standardized",
    "Table",
    "Violation",
    "alert_catalogue",
    "atoms",
    "bonds",
    "canonical_smiles",
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
    "load_constraints",
    "logp",
    "longest_cycle",
    "nearest",
    "nearest_name",
    "parse_molecule",
    "pattern",
    "property_name",
    "qed",
    "read_molecule",
    "read_table",
    "recombined",
    "standardize",
    "synthetic_accessibility",
    "tanimoto",
]

#: What needs torch: workers that only score molecules do without, and start in a third of the time.
MODULES = {
    "CountFingerprints": "environments",
    "DESCRIPTOR_NAMES": "descriptor_features",
    "FORMS": "environments",
    "Form": "environments",
    "NUM_FRAGMENTS": "fragments",
    "SimilarityIndex": "environments",
    "count_environments": "environments",
    "count_fingerprints": "environments",
    "describe_molecule": "descriptor_features",
    "descriptor_matrix": "descriptor_features",
    "fragment_counts": "fragments",
    "tanimoto": "environments",
}


def __getattr__(name: str) -> Any:
    """Import what needs torch when it is asked for."""
    if name in MODULES:
        return getattr(import_module(f"latentbo.chemistry.{MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
