"""SMILES strings of chemists' tables to molecules: without salts, solvents and extensions.

Nothing is invented: a radical or a metal complex is left out with its reason, never altered.
"""

import re
from dataclasses import dataclass
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.Chem.SaltRemover import SaltRemover

from latentbo.chemistry.atoms import atoms, has_carbon, has_radical
from latentbo.chemistry.standardize import MoleculeStatus, read_molecule, standardize

# The tail of a CXSMILES string, and what in it changes the molecule: radicals, variable points of
# attachment, repeating units, link nodes.
TAIL = re.compile(r"\s+\|(?P<tail>[^|]*)\|.*")
CHANGES = {
    r"\^\d": "a radical in the CXSMILES tail",
    r"(?:^|,)m:": "a variable point of attachment in the CXSMILES tail",
    r"(?:^|,)(?:Sg|SgD|SgH|LN):": "a repeating unit in the CXSMILES tail",
}
#: Elements that form molecules with carbon; all others are metals here.
NONMETALS = frozenset(
    {1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 33, 34, 35, 36, 52, 53, 54, 85, 86}
)
#: Metals whose ions are counter-ions of salts: of groups 1 and 2, aluminium and zinc.
COUNTER_IONS = frozenset({3, 4, 11, 12, 13, 19, 20, 30, 37, 38, 55, 56})
REASONS = {
    MoleculeStatus.UNPARSABLE: "no SMILES that can be read",
    MoleculeStatus.EMPTY: "no structure",
    MoleculeStatus.DUMMY_ATOM: "dummy atom (R group or open bond)",
    MoleculeStatus.TOO_LONG: "no SMILES that can be read (too long)",
}


@dataclass(frozen=True)
class Structure:
    """The result of reading a string.

    Args:
        smiles: The canonical SMILES; None if it cannot be used.
        fault: Why not.
        stripped: Canonical SMILES of the salts and solvents that were stripped.
        had_tail: Whether a CXSMILES tail was cut off.
    """

    smiles: str | None
    fault: str = ""
    stripped: tuple[str, ...] = ()
    had_tail: bool = False


def looks_like_molecule(text: str) -> bool:
    """Tell whether a cell may hold a SMILES string: it can be read, and is no number."""
    smiles = TAIL.sub("", text.strip())
    if len(smiles) < 2 or smiles.isdigit() or not any(letter in "CcNnOo" for letter in smiles):
        return False
    with rdBase.BlockLogs():
        return read_molecule(smiles) is not None


def clean_molecule(text: str) -> Structure:
    """Return the molecule that a cell means: its largest organic fragment, as canonical SMILES.

    Where something was stripped, charges are neutralised, so that a salt and its free form are one
    molecule. Never raises, whatever the string holds.
    """
    text = text.strip().strip('"').strip()
    tail = TAIL.fullmatch(text[len(text.split(" ", 1)[0]) :]) if "|" in text else None
    if tail:
        text = text.split(None, 1)[0]
        for pattern, fault in CHANGES.items():
            if re.search(pattern, tail["tail"]):
                return Structure(None, fault)
    structure = _without_tail(text)
    return Structure(structure.smiles, structure.fault, structure.stripped, tail is not None)


def _without_tail(text: str) -> Structure:
    with rdBase.BlockLogs():
        molecule = read_molecule(text)
        if molecule is None or not molecule.GetNumAtoms():
            status = MoleculeStatus.UNPARSABLE if text else MoleculeStatus.EMPTY
            return Structure(None, REASONS[status])
        stripped: tuple[str, ...] = ()
        if "." in text:
            fragments = Chem.GetMolFrags(molecule, asMols=True)
            if len(fragments) > 1:
                kept = _largest_organic(fragments)
                if isinstance(kept, str):
                    return Structure(None, kept)
                molecule, stripped = kept
                text = Chem.MolToSmiles(molecule)
        if _is_metal(molecule):
            return Structure(None, "metal complex or organometallic compound")
        if has_radical(molecule):
            return Structure(None, "radical")
    found = standardize(text)
    if found.smiles is None:
        return Structure(None, REASONS.get(found.status, found.status.value))
    return Structure(found.smiles, "", stripped)


def _largest_organic(
    fragments: tuple[Chem.Mol, ...],
) -> tuple[Chem.Mol, tuple[str, ...]] | str:
    """Return the fragment to keep and what is stripped, or why neither can be told."""
    written = [Chem.MolToSmiles(fragment) for fragment in fragments]
    organic = {
        smiles: fragment
        for smiles, fragment in zip(written, fragments, strict=True)
        if has_carbon(fragment)
    }
    if not organic:
        return "no carbon"
    if any(_is_metal(each, COUNTER_IONS) for each in fragments):
        return "metal complex or organometallic compound"
    # Counter-ions may be larger than a small active molecule, as citrate is.
    unusual = {name: each for name, each in organic.items() if not _is_usual_companion(each)}
    organic = unusual or organic
    sizes = {smiles: fragment.GetNumHeavyAtoms() for smiles, fragment in organic.items()}
    kept = max(sizes, key=sizes.__getitem__)
    if list(sizes.values()).count(sizes[kept]) > 1:
        return "mixture of two organic molecules of the same size"
    others = tuple(smiles for smiles in dict.fromkeys(written) if smiles != kept)
    return _removers().uncharger.uncharge(organic[kept]), others


class _Removers:
    """RDKit's lists of counter-ions and solvents, and its neutralisation of charges."""

    def __init__(self) -> None:
        self.uncharger = rdMolStandardize.Uncharger()
        self.solvents = rdMolStandardize.FragmentRemover(leave_last=False)
        self.salts = SaltRemover()


_removers = cache(_Removers)


def _is_usual_companion(fragment: Chem.Mol) -> bool:
    """Whether an organic fragment is a counter-ion or solvent of RDKit's lists."""
    removers = _removers()
    neutral = removers.uncharger.uncharge(fragment)
    left = removers.solvents.remove(removers.salts.StripMol(neutral))
    return not left.GetNumAtoms()


def _is_metal(molecule: Chem.Mol, allowed: frozenset[int] = frozenset()) -> bool:
    """Whether it holds a metal; as a lone ion, the allowed ones do not count."""
    alone = molecule.GetNumAtoms() == 1
    return any(
        atom.GetAtomicNum()
        and atom.GetAtomicNum() not in NONMETALS
        and not (alone and atom.GetAtomicNum() in allowed)
        for atom in atoms(molecule)
    )
