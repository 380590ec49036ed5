"""Objectives of measures that RDKit has of a molecule, and minus another objective."""

from dataclasses import dataclass

from rdkit import DataStructs

from latentbo.chemistry import MOLECULE_PROPERTIES, fingerprint, parse_molecule, property_name
from latentbo.errors import ConfigurationError, InputError, ObjectiveError
from latentbo.objectives.base import Objective


@dataclass(frozen=True)
class MeasuredProperty:
    """A property as it is; the same names and numbers as in constraints.

    Attributes:
        name: One of `MOLECULE_PROPERTIES`, in any of its spellings.

    Raises:
        ObjectiveError: If there is no such property.
    """

    name: str

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "name", property_name(self.name))
        except ConfigurationError as error:
            raise ObjectiveError(str(error)) from error

    def __call__(self, smiles: str) -> float:
        """Return the property of a molecule.

        Raises:
            InputError: If `smiles` is not a molecule.
        """
        return MOLECULE_PROPERTIES[self.name].measure(parse_molecule(smiles))


@dataclass(frozen=True)
class Minus:
    """Minus the value of another objective, so that its smallest values are the best.

    Attributes:
        objective: The other.
    """

    objective: Objective

    def __call__(self, string: str) -> float:
        """Return minus the value of a string.

        Raises:
            ObjectiveValueError: If the objective returns no finite number.
            Exception: Whatever its function raises.
        """
        return -self.objective(string)


@dataclass(frozen=True)
class SimilarityTo:
    """The Tanimoto similarity of Morgan fingerprints (radius 2, 2048 bits) to a lead, 0 to 1.

    Attributes:
        lead: A SMILES string.

    Raises:
        ObjectiveError: If the lead is not a molecule.
    """

    lead: str

    def __post_init__(self) -> None:
        try:
            parse_molecule(self.lead)
        except InputError as error:
            raise ObjectiveError(f"the lead of a similarity: {error}") from error

    def __call__(self, smiles: str) -> float:
        """Return the similarity of a molecule to the lead.

        Raises:
            InputError: If `smiles` is not a molecule.
        """
        return float(
            DataStructs.TanimotoSimilarity(
                fingerprint(parse_molecule(smiles)), fingerprint(parse_molecule(self.lead))
            )
        )
