"""New molecules from parts of given ones, to train on.

A network that writes molecules learns them by heart when it sees the same ones again and again. Two
molecules that are cut at bonds of the same kind give others that it has not seen, of the same
parts, sizes and bonds. Cut and joined as in matched molecular pairs: J. Hussain and C. Rea,
"Computationally efficient algorithm to identify matched molecular pairs (MMPs) in large data sets",
Journal of Chemical Information and Modeling 50, 2010.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rdkit import Chem, rdBase

from latentbo.errors import DataError

#: Cut are single bonds outside of rings between atoms that have further neighbours.
CUT = Chem.MolFromSmarts("[!#1;!D1]-!@[!#1;!D1]")
#: Bonds of a molecule that are cut, at most: bounds the memory that parts take.
MAX_CUTS = 3
#: A part takes the place of another whose number of atoms differs by at most so many.
MAX_SIZE_DIFFERENCE = 2

#: Element, aromaticity, hybridization, charge and neighbours of an atom.
AtomKind = tuple[int, bool, int, int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """One side of a cut.

    Attributes:
        smiles: The part, with `[*:1]` in place of the other.
        own: Kind of its atom at the bond.
        other: Kind of the other part's atom.
        size: Number of atoms.
    """

    smiles: str
    own: AtomKind
    other: AtomKind
    size: int


def recombined(molecules: Sequence[str], number: int, seed: int) -> Iterator[str]:
    """Yield molecules of which each consists of two parts of the given ones.

    A molecule, drawn at random, keeps one side of an acyclic single bond; the other side is one of
    another molecule whose bond joins atoms of the same kinds (element, aromaticity, hybridization,
    charge, number of neighbours), of a similar size.

    Args:
        molecules: SMILES; what RDKit cannot read is passed over.
        number: How many to make. Fewer come if the parts give no more.
        seed: Seed of all draws.

    Yields:
        Canonical SMILES, none twice and none that is given.

    Raises:
        DataError: If no molecule has a bond to cut.
    """
    chance = random.Random(seed)  # noqa: S311  (no secret)
    with rdBase.BlockLogs():
        pairs = [pair for smiles in molecules for pair in cuts(smiles, chance)]
    by_kind: dict[tuple[AtomKind, AtomKind, int], list[str]] = defaultdict(list)
    for part, _ in pairs:
        by_kind[part.own, part.other, part.size].append(part.smiles)
    if number > 0 and not pairs:
        raise DataError(
            f"none of {len(molecules)} molecules has a bond that could be cut: train without "
            f"recombined molecules"
        )
    known = set(molecules)
    # Small sets of parts have fewer combinations than are asked for.
    for _ in range(4 * number):
        if number <= 0:
            return
        kept, replaced = chance.choice(pairs)
        size = replaced.size + chance.randint(-MAX_SIZE_DIFFERENCE, MAX_SIZE_DIFFERENCE)
        choice = by_kind.get((replaced.own, replaced.other, size))
        child = joined(kept.smiles, chance.choice(choice)) if choice else None
        if child is not None and child not in known:
            known.add(child)
            number -= 1
            yield child


def canonical_smiles(molecules: Iterable[str]) -> set[str]:
    """Return RDKit's canonical SMILES, stereochemistry included, of those that it can read."""
    with rdBase.BlockLogs():
        read = [Chem.MolFromSmiles(smiles) for smiles in molecules]
    return {str(Chem.MolToSmiles(molecule)) for molecule in read if molecule is not None}


def cuts(smiles: str, chance: random.Random) -> list[tuple[Part, Part]]:
    """Cut a molecule at up to `MAX_CUTS` bonds, one at a time; both orders of each two parts."""
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return []
    found = molecule.GetSubstructMatches(CUT)
    pairs = []
    for first, second in chance.sample(found, min(MAX_CUTS, len(found))):
        bond = molecule.GetBondBetweenAtoms(first, second).GetIdx()
        pieces = Chem.FragmentOnBonds(molecule, [bond], dummyLabels=[(0, 0)])
        atoms: list[tuple[int, ...]] = []
        fragments = Chem.GetMolFrags(
            pieces, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=atoms
        )
        if len(fragments) != 2:
            continue
        ends = (first, second) if first in atoms[0] else (second, first)
        kinds = [_kind(molecule.GetAtomWithIdx(end)) for end in ends]
        parts = [
            Part(_with_mark(fragments[i]), kinds[i], kinds[1 - i], len(atoms[i]) - 1)
            for i in (0, 1)
        ]
        pairs += [(parts[0], parts[1]), (parts[1], parts[0])]
    return pairs


def joined(first: str, second: str) -> str | None:
    """Join two parts; the canonical SMILES, or None where they give no molecule."""
    with rdBase.BlockLogs():
        whole = Chem.molzip(Chem.MolFromSmiles(first), Chem.MolFromSmiles(second))
        # Read again, so that stereochemistry that the joined molecule does not have goes.
        molecule = Chem.MolFromSmiles(Chem.MolToSmiles(whole))
    return None if molecule is None else str(Chem.MolToSmiles(molecule))


def _kind(atom: Chem.Atom) -> AtomKind:
    hybridization = int(atom.GetHybridization())
    charge, degree = atom.GetFormalCharge(), atom.GetDegree()
    return atom.GetAtomicNum(), atom.GetIsAromatic(), hybridization, charge, degree


def _with_mark(fragment: Chem.Mol) -> str:
    for atom in fragment.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(0)
            atom.SetAtomMapNum(1)
    return str(Chem.MolToSmiles(fragment))
