"""Cheap numbers that describe a molecule, for a kernel beside that on its environments.

Many objectives are made of such numbers, and a fingerprint does not extrapolate in them.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import torch
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from torch import Tensor

from latentbo.chemistry.atoms import atoms
from latentbo.chemistry.descriptors import logp
from latentbo.chemistry.standardize import parse_molecule

# Counting rotatable bonds strictly (amides apart) would take four times as long.
_ROTATABLE = rdMolDescriptors.NumRotatableBondsOptions.NonStrict

_OF_MOLECULE: dict[str, Callable[[Chem.Mol], float]] = {
    "molecular mass": rdMolDescriptors.CalcExactMolWt,
    "logP": logp,
    "polar surface": rdMolDescriptors.CalcTPSA,
    "hydrogen bond donors": rdMolDescriptors.CalcNumHBD,
    "hydrogen bond acceptors": rdMolDescriptors.CalcNumHBA,
    "rotatable bonds": lambda molecule: rdMolDescriptors.CalcNumRotatableBonds(
        molecule, _ROTATABLE
    ),
    "rings": rdMolDescriptors.CalcNumRings,
    "aromatic rings": rdMolDescriptors.CalcNumAromaticRings,
    "largest ring": lambda molecule: max(map(len, molecule.GetRingInfo().AtomRings()), default=0),
    "share of sp3 carbon": rdMolDescriptors.CalcFractionCSP3,
    "heavy atoms": rdMolDescriptors.CalcNumHeavyAtoms,
    "heteroatoms": rdMolDescriptors.CalcNumHeteroatoms,
    "charge": Chem.GetFormalCharge,
    "stereo centres": rdMolDescriptors.CalcNumAtomStereoCenters,
}
# Atomic numbers.
_OF_ATOMS = {
    "nitrogen atoms": (7,),
    "oxygen atoms": (8,),
    "sulfur atoms": (16,),
    "halogen atoms": (9, 17, 35, 53),
}

#: The columns of `descriptor_matrix`.
DESCRIPTOR_NAMES = (*_OF_MOLECULE, *_OF_ATOMS)


def describe_molecule(molecule: Chem.Mol) -> list[float]:
    """Return the descriptors of one molecule in the order of `DESCRIPTOR_NAMES`."""
    elements = Counter(atom.GetAtomicNum() for atom in atoms(molecule))
    found = [float(describe(molecule)) for describe in _OF_MOLECULE.values()]
    return found + [
        float(sum(elements[number] for number in wanted)) for wanted in _OF_ATOMS.values()
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
