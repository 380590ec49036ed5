"""Rules for edited molecular graphs: their parents, and their children.

An edit works on a Kekulé structure: no aromatic bonds, hydrogens implied by the valence rules. So
bonds can be added and removed freely, and RDKit's sanitization tells whether the result exists.

Stereochemistry is dropped on the way. An edit moves an atom's neighbours about, so the old marks
would be wrong as often as right, and children that differ in nothing else would cost oracle calls.
"""

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem import rdqueries

from latentbo.chemistry import atoms, has_carbon, has_radical, read_molecule
from latentbo.errors import ConfigurationError

# No chemist would draw these: double bonds in rings of three or four, two double bonds at one atom
# or a triple bond in a ring, hydrogen on sulfur, phosphorus or halogen beyond its lowest valence.
UNSOUND = (
    "[r3,r4]=@[r3,r4]",
    "*=@*=@*",
    "*#@*",
    "[#16;+0;v3,v4,v5,v6;!H0]",
    "[#15;+0;v5;!H0]",
    "[Cl,Br,I;+0;!v1;!H0]",
)

# Name of the mark of atoms that were aromatic before the molecule became a Kekulé structure.
AROMATIC = "_aromatic"


@dataclass(frozen=True)
class ChildRules:
    """Limits that every child keeps, beside being a molecule with sound rings.

    Attributes:
        max_ring_size: The most atoms in a ring (smallest set of smallest rings). A parent with a
            larger ring has only children without it.
        min_heavy_atoms: The fewest atoms other than hydrogen.
        max_heavy_atoms: The most atoms other than hydrogen; None for no limit.
        max_heavy_atoms_deviation: Standard deviation of that limit. Above 0, the limit is drawn
            anew for each child that is tried, so that it is soft.
        keep_aromatic: Whether what is left of an aromatic ring must stay aromatic: most edits of
            its bonds and atoms give polyenes that nobody makes.
        accept: Says of a sanitized molecule whether it may live; None accepts all. It must be
            deterministic and must not change the molecule.

    Raises:
        ConfigurationError: If a limit is out of range.
    """

    max_ring_size: int = 7
    min_heavy_atoms: int = 1
    max_heavy_atoms: float | None = None
    max_heavy_atoms_deviation: float = 0.0
    keep_aromatic: bool = False
    accept: Callable[[Chem.Mol], bool] | None = None

    def __post_init__(self) -> None:
        most = math.inf if self.max_heavy_atoms is None else self.max_heavy_atoms
        if self.max_ring_size < 3:
            raise ConfigurationError(
                f"max_ring_size is {self.max_ring_size}; rings have 3 atoms or more"
            )
        if not 1 <= self.min_heavy_atoms <= most:
            raise ConfigurationError(
                f"min_heavy_atoms is {self.min_heavy_atoms} and max_heavy_atoms is "
                f"{self.max_heavy_atoms}; give 1 <= minimum <= maximum"
            )
        if not 0 <= self.max_heavy_atoms_deviation < math.inf:
            raise ConfigurationError(
                f"max_heavy_atoms_deviation is {self.max_heavy_atoms_deviation}; "
                "give a number of atoms from 0 up"
            )

    def allow_size(self, heavy_atoms: int, chance: random.Random) -> bool:
        """Return whether a child may have this many heavy atoms; a soft limit is drawn here."""
        if heavy_atoms < self.min_heavy_atoms:
            return False
        if self.max_heavy_atoms is None:
            return True
        if self.max_heavy_atoms_deviation == 0:
            return heavy_atoms <= self.max_heavy_atoms
        return heavy_atoms <= chance.gauss(self.max_heavy_atoms, self.max_heavy_atoms_deviation)


# Nothing but sound rings of at most seven atoms.
NO_LIMITS = ChildRules()
# The limits of Jensen, Chemical Science 10, 2019, and of the PMO benchmark's Graph GA: rings of at
# most six atoms, more than five atoms in all, a soft upper limit of size.
JENSEN_RULES = ChildRules(
    max_ring_size=6,
    min_heavy_atoms=6,
    max_heavy_atoms=39.15,
    max_heavy_atoms_deviation=3.5,
)


@dataclass(frozen=True)
class Parent:
    """A molecule made ready to have children, so that many take no longer than they must.

    Attributes:
        graph: What `workable` made of it.
        flat_smiles: What its children must not be.
    """

    graph: Chem.Mol | None
    flat_smiles: str

    @classmethod
    def of(cls, molecule: "Chem.Mol | Parent") -> "Parent":
        """Make a molecule ready; what is ready stays as it is."""
        if isinstance(molecule, Parent):
            return molecule
        return cls(workable(molecule), flat_smiles(molecule))


def flat_smiles(molecule: Chem.Mol) -> str:
    """Return the canonical SMILES without stereochemistry and isotopes."""
    return str(Chem.MolToSmiles(molecule, isomericSmiles=False))


def workable(molecule: Chem.Mol) -> Chem.Mol | None:
    """Return a copy to edit: a Kekulé structure without stereochemistry, hydrogens implied.

    Args:
        molecule: A sanitized molecule; it stays as it is.

    Returns:
        The copy, whose atoms of aromatic rings are marked (see `ChildRules.keep_aromatic`), or None
        for what no edit can start from: several fragments (salts), radicals, dummy atoms, hydrogen
        alone, no atoms at all, or aromatic rings without a Kekulé structure.
    """
    try:
        copy = _without_hydrogen_atoms(molecule)
        Chem.RemoveStereochemistry(copy)
        for atom in copy.GetAromaticAtoms():
            atom.SetBoolProp(AROMATIC, True)
        Chem.Kekulize(copy, clearAromaticFlags=True)
    except Chem.MolSanitizeException:
        return None
    if len(Chem.GetMolFrags(copy)) != 1:
        return None
    if has_radical(copy) or any(atom.GetAtomicNum() < 2 for atom in atoms(copy)):
        return None
    _imply_hydrogens(copy)
    return copy


def _without_hydrogen_atoms(molecule: Chem.Mol) -> Chem.Mol:
    """Return a copy in which hydrogens, heavy ones too, are numbers and not atoms."""
    copy = Chem.Mol(molecule)
    hydrogens = [atom for atom in atoms(copy) if atom.GetAtomicNum() == 1]
    for hydrogen in hydrogens:
        hydrogen.SetIsotope(0)
    return Chem.RemoveHs(copy) if hydrogens else copy


def _imply_hydrogens(molecule: Chem.Mol) -> None:
    """Let the valence rules give each atom its hydrogens wherever they give the same number."""
    stated = []
    for atom in atoms(molecule):
        atom.SetAtomMapNum(0)
        if atom.GetNoImplicit() or atom.GetNumExplicitHs():
            stated.append((atom, atom.GetTotalNumHs(), atom.GetNumExplicitHs()))
            atom.SetNoImplicit(False)
            atom.SetNumExplicitHs(0)
    molecule.UpdatePropertyCache(strict=False)
    kept = [(atom, count) for atom, total, count in stated if atom.GetTotalNumHs() != total]
    for atom, count in kept:
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(count)
    if kept:
        molecule.UpdatePropertyCache(strict=False)


def finish(child: Chem.RWMol, rules: ChildRules, chance: random.Random) -> Chem.Mol | None:
    """Turn an edited graph into a molecule, if it is one and keeps the rules.

    Args:
        child: An edited Kekulé structure.
        rules: What it must keep.
        chance: Draws a soft limit of size.

    Returns:
        The molecule as RDKit reads it from its own canonical SMILES, or None.
    """
    if not rules.allow_size(child.GetNumHeavyAtoms(), chance):
        return None
    molecule = child.GetMol()
    if Chem.SanitizeMol(molecule, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
        return None
    if not is_sound(molecule, rules.max_ring_size) or (
        rules.keep_aromatic and molecule.GetAtomsMatchingQuery(_no_longer_aromatic())
    ):
        return None
    # What RDKit writes it cannot always read, or reads as a radical.
    again = read_molecule(Chem.MolToSmiles(molecule))
    if again is None or has_radical(again):
        return None
    if rules.accept is not None and not rules.accept(again):
        return None
    return again


def sound(strings: Iterable[str | None]) -> list[str | None]:
    """Replace by None what is no molecule, or none that graph moves would make.

    A decoder also writes large rings and cumulated double bonds, which score well in some goals and
    which nobody can make.

    Args:
        strings: SMILES; None stays as it is.
    """
    with rdBase.BlockLogs():
        molecules = [(string, read_molecule(string or "")) for string in strings]
        return [
            string if molecule is not None and is_sound(molecule) else None
            for string, molecule in molecules
        ]


def is_sound(molecule: Chem.Mol, max_ring_size: int = NO_LIMITS.max_ring_size) -> bool:
    """Return whether there is carbon, one piece, and nothing that a chemist would not draw."""
    if not has_carbon(molecule):
        return False
    if len(Chem.GetMolFrags(molecule)) > 1:
        return False
    if any(len(ring) > max_ring_size for ring in molecule.GetRingInfo().AtomRings()):
        return False
    return not any(molecule.HasSubstructMatch(pattern) for pattern in _unsound())


@cache
def _no_longer_aromatic() -> Chem.QueryAtom:
    query = rdqueries.HasPropQueryAtom(AROMATIC)
    query.ExpandQuery(rdqueries.IsAliphaticQueryAtom())
    return query


@cache
def _unsound() -> tuple[Chem.Mol, ...]:
    return tuple(Chem.MolFromSmarts(pattern) for pattern in UNSOUND)
