"""Several sets of rules for molecules as one."""

from dataclasses import dataclass
from typing import Protocol

from latentbo.chemistry.filters import Violation


class MoleculeRules(Protocol):
    """The interface of `MoleculeFilter`, `Constraints` and `AllRules`."""

    def violation(self, smiles: str) -> Violation | None:
        """Return the first rule that a molecule breaks, None if it passes."""

    def rejection(self, smiles: str) -> str | None:
        """Return why a molecule is refused, or None."""


@dataclass(frozen=True)
class AllRules:
    """Passes the molecules that pass all.

    Attributes:
        parts: The sets of rules, in the order in which they are asked.
    """

    parts: tuple[MoleculeRules, ...]

    def violation(self, smiles: str) -> Violation | None:
        """Return the first rule that a molecule breaks, None if it passes."""
        for part in self.parts:
            if violation := part.violation(smiles):
                return violation
        return None

    def rejection(self, smiles: str) -> str | None:
        """Return why a molecule is refused, or None."""
        violation = self.violation(smiles)
        return None if violation is None else str(violation)
