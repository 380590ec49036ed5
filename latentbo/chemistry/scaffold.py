"""A scaffold that molecules must keep, and the positions of it that may grow.

A scaffold is a SMILES string with marked positions, such as `c1cc([*:1])ncc1C(=O)N[*:2]`: each
mark stands for hydrogen or for one substituent. All other atoms keep the hydrogens that they have,
and a substituent is bonded to the scaffold by one bond, so that it closes no ring with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from rdkit import Chem, rdBase

from latentbo.chemistry.standardize import parse_molecule, standardize
from latentbo.errors import ConfigurationError, InputError

#: The substituent at a position that did not grow.
HYDROGEN = "[H][*:1]"
# Ways to lay the scaffold into a molecule that are tried.
MAX_MATCHES = 200


@dataclass(frozen=True)
class Scaffold:
    """A part that molecules keep.

    Attributes:
        smiles: A SMILES string with marked positions, `[*:1]`, `[*:2]` and so on.

    Raises:
        ConfigurationError: If it cannot be read, is in several pieces, or marks no position.
    """

    smiles: str

    def __post_init__(self) -> None:
        marks = [atom for atom in self._marked.GetAtoms() if not atom.GetAtomicNum()]
        numbers = [mark.GetAtomMapNum() for mark in marks]
        if not marks or len(marks) == self._marked.GetNumAtoms():
            raise ConfigurationError(
                f"the scaffold {self.smiles} marks no position that may grow: write one as [*:1]"
            )
        if 0 in numbers or len(set(numbers)) < len(numbers):
            raise ConfigurationError(
                f"the positions of the scaffold {self.smiles} need numbers that differ: write "
                f"[*:1], [*:2] and so on"
            )
        if any(mark.GetDegree() != 1 for mark in marks) or "." in self.smiles:
            raise ConfigurationError(
                f"the scaffold {self.smiles} must be one piece with marks at its ends: write "
                f"[*:1] where a substituent may be"
            )

    @cached_property
    def _marked(self) -> Chem.Mol:
        try:
            return parse_molecule(self.smiles)
        except InputError as error:
            raise ConfigurationError(f"the scaffold: {error}") from error

    @cached_property
    def _core(self) -> tuple[Chem.Mol, dict[int, tuple[int, ...]]]:
        """The scaffold without its marks, and the numbers of the marks of each atom."""
        positions: dict[int, tuple[int, ...]] = {}
        graph = Chem.RWMol(self._marked)
        for atom in list(graph.GetAtoms()):
            if not atom.GetAtomicNum():
                (neighbour,) = atom.GetNeighbors()
                own = positions.get(neighbour.GetIdx(), ())
                positions[neighbour.GetIdx()] = (*own, atom.GetAtomMapNum())
        marks = {atom.GetIdx() for atom in graph.GetAtoms() if not atom.GetAtomicNum()}
        kept = [atom.GetIdx() for atom in graph.GetAtoms() if atom.GetIdx() not in marks]
        graph.BeginBatchEdit()
        for mark in marks:
            graph.RemoveAtom(mark)
        graph.CommitBatchEdit()
        core = graph.GetMol()
        Chem.FastFindRings(core)
        return core, {kept.index(place): tuple(sorted(own)) for place, own in positions.items()}

    @property
    def positions(self) -> tuple[int, ...]:
        """The numbers of the marks, in ascending order."""
        return tuple(sorted(number for own in self._core[1].values() for number in own))

    @cached_property
    def bare(self) -> str | None:
        """Canonical SMILES with hydrogen at every mark; None if that is no molecule."""
        return self.decorated(dict.fromkeys(self.positions, HYDROGEN))

    def is_kept(self, molecule: Chem.Mol) -> bool:
        """Return whether a molecule has the scaffold, and differs at marked positions alone."""
        return self._match(molecule) is not None

    def substituents(self, molecule: Chem.Mol) -> dict[int, str] | None:
        """Return what a molecule has at each position; None if it does not keep the scaffold.

        Returns:
            For each number of a mark a SMILES string with the mark `[*:1]`, `HYDROGEN` where there
            is nothing else.
        """
        match = self._match(molecule)
        if match is None:
            return None
        found = dict.fromkeys(self.positions, HYDROGEN)
        inside = set(match)
        for place, numbers in self._core[1].items():
            atom = molecule.GetAtomWithIdx(match[place])
            outside = [each.GetIdx() for each in atom.GetNeighbors() if each.GetIdx() not in inside]
            for number, neighbour in zip(numbers, outside, strict=False):
                found[number] = _cut_off(molecule, atom.GetIdx(), neighbour)
        return found

    def decorated(self, substituents: Mapping[int, str]) -> str | None:
        """Return the canonical SMILES of the scaffold with substituents; None if there is none.

        Args:
            substituents: For each number of a mark a SMILES string with the mark `[*:1]`.
        """
        parts = [self._marked]
        with rdBase.BlockLogs():
            for number, smiles in substituents.items():
                part = Chem.MolFromSmiles(smiles, _keeping_hydrogen())
                if part is None:
                    return None
                for atom in part.GetAtoms():
                    if not atom.GetAtomicNum():
                        atom.SetAtomMapNum(number)
                parts.append(part)
            whole = parts[0]
            for part in parts[1:]:
                whole = Chem.CombineMols(whole, part)
            try:
                joined = Chem.RemoveHs(Chem.molzip(whole))
            except (Chem.MolSanitizeException, RuntimeError, ValueError):
                return None
            canonical = standardize(Chem.MolToSmiles(joined)).smiles
        if canonical is None or not self.is_kept(parse_molecule(canonical)):
            return None
        return canonical

    def _match(self, molecule: Chem.Mol) -> tuple[int, ...] | None:
        """Return the atoms of the first way to lay the scaffold in that grows at marks alone."""
        core, positions = self._core
        matches = molecule.GetSubstructMatches(core, uniquify=False, maxMatches=MAX_MATCHES)
        for match in matches:
            if self._grows_at_marks_alone(molecule, match, core, positions):
                return tuple(match)
        return None

    def _grows_at_marks_alone(
        self,
        molecule: Chem.Mol,
        match: Sequence[int],
        core: Chem.Mol,
        positions: Mapping[int, tuple[int, ...]],
    ) -> bool:
        inside = set(match)
        starts = []
        num_bonds = 0
        for place, index in enumerate(match):
            atom = molecule.GetAtomWithIdx(index)
            if atom.GetFormalCharge() != core.GetAtomWithIdx(place).GetFormalCharge():
                return False
            others = [each.GetIdx() for each in atom.GetNeighbors()]
            outside = [other for other in others if other not in inside]
            num_bonds += len(others) - len(outside)
            bonds = [molecule.GetBondBetweenAtoms(index, other) for other in outside]
            if len(outside) > len(positions.get(place, ())) or any(
                bond.GetBondType() != Chem.BondType.SINGLE for bond in bonds
            ):
                return False
            starts += outside
        return num_bonds == 2 * core.GetNumBonds() and _are_apart(molecule, starts, inside)


@cache
def _keeping_hydrogen() -> Any:
    parameters: Any = Chem.SmilesParserParams()
    parameters.removeHs = False
    return parameters


def _are_apart(molecule: Chem.Mol, starts: Sequence[int], inside: set[int]) -> bool:
    """Return whether each substituent begins at one atom and is joined to no other."""
    seen = set(inside)
    for start in starts:
        if start in seen:
            return False
        stack = [start]
        seen.add(start)
        while stack:
            atom = molecule.GetAtomWithIdx(stack.pop())
            for other in atom.GetNeighbors():
                if other.GetIdx() not in seen:
                    seen.add(other.GetIdx())
                    stack.append(other.GetIdx())
    return True


def _cut_off(molecule: Chem.Mol, inner: int, outer: int) -> str:
    """Return the substituent that begins with a bond, its end marked `[*:1]`."""
    bond = molecule.GetBondBetweenAtoms(inner, outer)
    broken = Chem.FragmentOnBonds(molecule, [bond.GetIdx()], dummyLabels=[(0, 0)])
    for atoms in Chem.GetMolFrags(broken):
        if outer in atoms:
            text = Chem.MolFragmentToSmiles(broken, atoms, isomericSmiles=False)
            return text.replace("[*]", "*").replace("*", "[*:1]")
    raise AssertionError("a bond has two ends")
