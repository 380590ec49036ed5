"""One string per molecule: the canonical SMILES of what a decoder or a file meant.

A molecule is valid if it parses, is one fragment without dummy atoms, contains carbon, and has no
unpaired electrons. Radicals are not refused but saturated with hydrogen, because SELFIES decodes
every string, and often to a radical. Stereochemistry, isotopes and charges are kept; atom map
numbers are dropped.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from rdkit import Chem, rdBase

from latentbo.chemistry.atoms import atoms, has_carbon, has_dummy
from latentbo.errors import InputError

# RDKit writes SMILES recursively: a chain of 20,000 atoms ends the process by a stack overflow.
MAX_SMILES_LENGTH = 2000

# Canonical SMILES normally repeat in the second round. A cycle is only found if it fits in here.
MAX_ROUNDS = 12

# Strings, of some hundred bytes each, and molecules, of some ten kilobytes.
REMEMBERED = 20_000
REMEMBERED_MOLECULES = 2000


class MoleculeStatus(StrEnum):
    """Why a string is a molecule to us, or why it is not."""

    VALID = "valid"
    EMPTY = "empty"
    TOO_LONG = "too long"
    UNPARSABLE = "unparsable"
    FRAGMENTS = "several fragments"
    DUMMY_ATOM = "dummy atom"
    NO_CARBON = "no carbon"
    RADICAL = "radical that hydrogen cannot saturate"
    UNSTABLE = "no stable canonical form"


@dataclass(frozen=True)
class Standardized:
    """The result of reading a string.

    Attributes:
        smiles: The canonical SMILES, or None unless the status is `VALID`.
        status: Why it is valid or not.
        saturated: How many unpaired electrons were paired with hydrogen on the way. It describes
            the string that came in, not the molecule, so it plays no part in comparisons.
    """

    smiles: str | None
    status: MoleculeStatus
    saturated: int = field(default=0, compare=False)

    @property
    def is_valid(self) -> bool:
        """Whether there is a molecule."""
        return self.status is MoleculeStatus.VALID


def parse_molecule(smiles: str) -> Chem.Mol:
    """Parse and sanitize one SMILES string, silently.

    Args:
        smiles: A SMILES string without name or extension; blanks around it are ignored.

    Returns:
        A molecule with at least one atom.

    Raises:
        InputError: If the string is empty, too long, or not a molecule.
    """
    text = smiles.strip()
    with rdBase.BlockLogs():
        molecule = read_molecule(text)
    if molecule is None or not molecule.GetNumAtoms():
        shown = text if len(text) <= 60 else f"{text[:60]}…"
        raise InputError(f"{shown!r} is not a molecule that RDKit can read; give a SMILES string")
    return molecule


def read_molecule(smiles: str) -> Chem.Mol | None:
    """Parse and sanitize what RDKit can read, or return None; RDKit's messages are not silenced.

    The latest molecules are remembered, because a proposal is read by all who judge it; everyone
    gets a copy.
    """
    molecule = _parse(smiles) if len(smiles) <= MAX_SMILES_LENGTH else None
    return None if molecule is None else Chem.Mol(molecule)


def standardize(smiles: str) -> Standardized:
    """Turn a string into its canonical SMILES, or say why it is no molecule.

    The result is a fixed point: `standardize(standardize(s).smiles) == standardize(s)` for every
    valid `s`. Never raises, whatever the string holds.

    Args:
        smiles: A SMILES string without name or extension; blanks around it are ignored.

    Returns:
        The canonical SMILES and the status.
    """
    text = smiles.strip()
    if not text:
        return Standardized(None, MoleculeStatus.EMPTY)
    if len(text) > MAX_SMILES_LENGTH:
        return Standardized(None, MoleculeStatus.TOO_LONG)
    with rdBase.BlockLogs():
        return _iterate(text)


# What is written is mostly asked for again at once, by the next who must be sure of it.
@lru_cache(maxsize=REMEMBERED)
def _iterate(text: str) -> Standardized:
    """Canonicalise until nothing changes; of forms that alternate, take the first in order."""
    forms = [text]
    saturated = 0
    for _ in range(MAX_ROUNDS):
        step = _canonicalize(forms[-1])
        if step.smiles is None:
            # A string that was fine once and is not afterwards has no canonical form.
            status = step.status if len(forms) == 1 else MoleculeStatus.UNSTABLE
            return Standardized(None, status)
        saturated += step.saturated
        if step.smiles in forms:
            cycle = forms[forms.index(step.smiles) :]
            return Standardized(min(cycle), MoleculeStatus.VALID, saturated)
        forms.append(step.smiles)
    return Standardized(None, MoleculeStatus.UNSTABLE)


def _canonicalize(text: str) -> Standardized:
    """Parse, check, saturate and write once."""
    molecule = read_molecule(text)
    if molecule is None:
        return Standardized(None, MoleculeStatus.UNPARSABLE)
    status = _status(text, molecule)
    if status is not MoleculeStatus.VALID:
        return Standardized(None, status)
    try:
        # In SMILES only bracket atoms can be short of hydrogen.
        saturated = _saturate(molecule) if "[" in text else 0
    except Chem.MolSanitizeException:
        return Standardized(None, MoleculeStatus.RADICAL)
    try:
        return Standardized(Chem.MolToSmiles(molecule), MoleculeStatus.VALID, saturated)
    except (RuntimeError, ValueError):
        return Standardized(None, MoleculeStatus.UNSTABLE)


@lru_cache(maxsize=REMEMBERED_MOLECULES)
def _parse(text: str) -> Chem.Mol | None:
    # RDKit reads only up to a line break and raises on lone surrogates; SMILES have neither.
    if not text.isascii() or not text.isprintable() or " " in text:
        return None
    try:
        return Chem.MolFromSmiles(text)
    except (RuntimeError, ValueError):
        return None


def _status(text: str, molecule: Chem.Mol) -> MoleculeStatus:
    """Check everything but radicals."""
    if "." in text and len(Chem.GetMolFrags(molecule)) > 1:
        return MoleculeStatus.FRAGMENTS
    if has_dummy(molecule):
        return MoleculeStatus.DUMMY_ATOM
    if not has_carbon(molecule):
        return MoleculeStatus.NO_CARBON
    return MoleculeStatus.VALID


def _saturate(molecule: Chem.Mol) -> int:
    """Pair every unpaired electron with a hydrogen, drop atom map numbers, in place.

    Bracket atoms carry their hydrogens explicitly, so the new ones are added to that count; the
    charge stays, as in `C[N+]` to `C[NH3+]`.

    Returns:
        The number of hydrogens added.

    Raises:
        Chem.MolSanitizeException: If an atom cannot bear them.
    """
    added = 0
    for atom in atoms(molecule):
        atom.SetAtomMapNum(0)
        unpaired = atom.GetNumRadicalElectrons()
        if unpaired:
            atom.SetNumExplicitHs(atom.GetNumExplicitHs() + unpaired)
            atom.SetNumRadicalElectrons(0)
            added += unpaired
    if added:
        molecule.UpdatePropertyCache()
    return added
