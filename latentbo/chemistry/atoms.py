"""Quick ways to look at the atoms and bonds of a molecule.

RDKit's own iterators are written in Python and check at each step that the molecule has not
changed: three times the time of asking by number, and that is where graph moves spend theirs.
"""

from collections.abc import Iterator

from rdkit import Chem
from rdkit.Chem import rdqueries

_CARBON = rdqueries.AtomNumEqualsQueryAtom(6)
_DUMMY = rdqueries.AtomNumEqualsQueryAtom(0)
_RADICAL = rdqueries.NumRadicalElectronsGreaterQueryAtom(0)


def atoms(molecule: Chem.Mol) -> Iterator[Chem.Atom]:
    """Iterate over the atoms of a molecule, which must not lose any meanwhile."""
    return map(molecule.GetAtomWithIdx, range(molecule.GetNumAtoms()))


def bonds(molecule: Chem.Mol) -> Iterator[Chem.Bond]:
    """Iterate over the bonds of a molecule, which must not lose any meanwhile."""
    return map(molecule.GetBondWithIdx, range(molecule.GetNumBonds()))


def has_carbon(molecule: Chem.Mol) -> bool:
    """Whether there is an atom of carbon."""
    return len(molecule.GetAtomsMatchingQuery(_CARBON)) > 0


def has_dummy(molecule: Chem.Mol) -> bool:
    """Whether there is an atom of no element."""
    return len(molecule.GetAtomsMatchingQuery(_DUMMY)) > 0


def has_radical(molecule: Chem.Mol) -> bool:
    """Whether there is an unpaired electron."""
    return len(molecule.GetAtomsMatchingQuery(_RADICAL)) > 0
