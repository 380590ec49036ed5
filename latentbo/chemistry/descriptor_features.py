"""Cheap numbers that describe a molecule, for a kernel beside that on its environments.

Many objectives are made of such numbers, and a fingerprint does not extrapolate in them.
"""

from collections.abc import Sequence

import torch
from rdkit import Chem
from torch import Tensor

from latentbo.chemistry.properties import ELEMENTS, MOLECULE_PROPERTIES, count_elements
from latentbo.chemistry.standardize import parse_molecule

#: The columns of `descriptor_matrix`, names of `MOLECULE_PROPERTIES`.
DESCRIPTOR_NAMES = (
    "exact-mass",
    "logp",
    "tpsa",
    "hydrogen-bond-donors",
    "hydrogen-bond-acceptors",
    "loosely-rotatable-bonds",
    "rings",
    "aromatic-rings",
    "largest-ring",
    "sp3-share",
    "heavy-atoms",
    "heteroatoms",
    "formal-charge",
    "stereo-centres",
    "nitrogen-atoms",
    "oxygen-atoms",
    "sulfur-atoms",
    "halogens",
)


def describe_molecule(molecule: Chem.Mol) -> list[float]:
    """Return the descriptors of one molecule in the order of `DESCRIPTOR_NAMES`."""
    elements = count_elements(molecule)
    return [
        float(elements[name] if name in ELEMENTS else MOLECULE_PROPERTIES[name].measure(molecule))
        for name in DESCRIPTOR_NAMES
    ]


def descriptor_matrix(smiles: Sequence[str]) -> Tensor:
    """Describe molecules.

    Args:
        smiles: n SMILES strings.

    Returns:
        An `n x 18`-dim double tensor, columns as in `DESCRIPTOR_NAMES`, each in its own unit.

    Raises:
        InputError: If a string is not a molecule.
    """
    rows = [describe_molecule(parse_molecule(string)) for string in smiles]
    return torch.tensor(rows, dtype=torch.float64).reshape(-1, len(DESCRIPTOR_NAMES))
