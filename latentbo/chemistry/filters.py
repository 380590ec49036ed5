"""Filter of molecules before they are scored: limits of size, rings and flexibility.

Penalised logP and its like reward long chains and big sheets without end, so a run puts the pool
and every candidate through the same filter. The limit of 38 heavy atoms is the maximum of
ZINC-250k.
"""

from dataclasses import dataclass, fields

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from latentbo.chemistry.standardize import parse_molecule
from latentbo.errors import ConfigurationError, InputError


@dataclass(frozen=True)
class Violation:
    """A rule that a molecule breaks.

    Attributes:
        rule: The rule, the same text for every molecule, such as `heavy atoms (at most 38)`.
        measured: What the molecule has, such as `39`; empty if nothing could be measured.
    """

    rule: str
    measured: str = ""

    def __str__(self) -> str:
        return f"{self.measured} {self.rule}".strip()


@dataclass(frozen=True)
class MoleculeFilter:
    """Limits that a molecule must keep; None switches a rule off.

    Attributes:
        max_heavy_atoms: The most atoms other than hydrogen.
        max_rotatable_bonds: The most rotatable bonds (RDKit's strict definition).
        min_rings: The fewest rings (smallest set of smallest rings).
        min_heavy_atoms: The fewest atoms other than hydrogen.

    Raises:
        ConfigurationError: If a limit is negative, or no size lies between the two size limits.
    """

    max_heavy_atoms: int | None = 38
    max_rotatable_bonds: int | None = 10
    min_rings: int | None = 1
    min_heavy_atoms: int | None = 3

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is not None and value < 0:
                raise ConfigurationError(
                    f"{limit.name} is {value}; give a whole number from 0 up, or None for no limit"
                )
        smallest, largest = self.min_heavy_atoms, self.max_heavy_atoms
        if smallest is not None and largest is not None and smallest > largest:
            raise ConfigurationError(
                f"max_heavy_atoms is {largest}, below min_heavy_atoms, which is {smallest}; "
                "raise the first, lower the second, or set one to None for no limit"
            )

    def violation(self, smiles: str) -> Violation | None:
        """Return the first rule that a molecule breaks, None if it passes."""
        try:
            molecule = parse_molecule(smiles)
        except InputError:
            return Violation("not a readable molecule")
        return self._too_many(molecule) or self._too_few(molecule)

    def rejection(self, smiles: str) -> str | None:
        """Return why a molecule is refused, such as `39 heavy atoms (at most 38)`, or None."""
        violation = self.violation(smiles)
        return None if violation is None else str(violation)

    def _too_many(self, molecule: Chem.Mol) -> Violation | None:
        atoms = molecule.GetNumHeavyAtoms()
        if self.max_heavy_atoms is not None and atoms > self.max_heavy_atoms:
            return Violation(f"heavy atoms (at most {self.max_heavy_atoms})", str(atoms))
        if self.max_rotatable_bonds is not None:
            bonds = rdMolDescriptors.CalcNumRotatableBonds(molecule)
            if bonds > self.max_rotatable_bonds:
                return Violation(
                    f"rotatable bonds (at most {self.max_rotatable_bonds})", str(bonds)
                )
        return None

    def _too_few(self, molecule: Chem.Mol) -> Violation | None:
        atoms = molecule.GetNumHeavyAtoms()
        if self.min_heavy_atoms is not None and atoms < self.min_heavy_atoms:
            return Violation(f"heavy atoms (at least {self.min_heavy_atoms})", str(atoms))
        rings = rdMolDescriptors.CalcNumRings(molecule)
        if self.min_rings is not None and rings < self.min_rings:
            return Violation(f"rings (at least {self.min_rings})", str(rings))
        return None
