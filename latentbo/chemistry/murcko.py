"""Bemis-Murcko scaffolds: the rings of a molecule and what links them."""

from rdkit.Chem.Scaffolds import MurckoScaffold

from latentbo.chemistry.standardize import parse_molecule


def murcko_scaffold(smiles: str) -> str:
    """Return the scaffold as SMILES without stereo; empty for a molecule without rings.

    Raises:
        InputError: If `smiles` is not a molecule.

    References:
        Bemis and Murcko, "The properties of known drugs. 1. Molecular frameworks", Journal of
        Medicinal Chemistry 39, 1996.
    """
    return MurckoScaffold.MurckoScaffoldSmiles(mol=parse_molecule(smiles)) or ""
