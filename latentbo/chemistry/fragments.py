"""Fragments of a molecule: counts of atoms with their neighbours."""

from collections.abc import Sequence

import torch
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator
from torch import Tensor

# Fragments are hashed to this many columns.
NUM_FRAGMENTS = 1024


def fragment_counts(smiles: Sequence[str], radius: int = 1) -> Tensor:
    """Count the environments (Morgan, hashed) of the atoms of molecules.

    Args:
        smiles: n canonical SMILES strings.
        radius: Bonds around an atom that belong to its environment.

    Returns:
        An `n x NUM_FRAGMENTS`-dim double tensor of counts; zeros for what is no molecule.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=NUM_FRAGMENTS)
    counts = torch.zeros(len(smiles), NUM_FRAGMENTS, dtype=torch.float64)
    with rdBase.BlockLogs():
        for row, string in enumerate(smiles):
            molecule = Chem.MolFromSmiles(string)
            if molecule is not None:
                found = generator.GetCountFingerprintAsNumPy(molecule)
                counts[row] = torch.from_numpy(found.astype("float64"))
    return counts
