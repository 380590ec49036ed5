"""Objectives of a molecule that RDKit measures; terms of `goals.toml` and of GuacaMol's goals."""

from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem, DataStructs

from latentbo.chemistry import (
    MOLECULE_PROPERTIES,
    fingerprint,
    parse_molecule,
    pattern,
    property_name,
)
from latentbo.errors import ConfigurationError, InputError, ObjectiveError
from latentbo.objectives.base import Objective
from latentbo.objectives.similarity import check_fingerprint, similarity


@lru_cache(maxsize=1)
def read(smiles: str) -> Chem.Mol:
    """Return a molecule; the terms of a goal ask for the same one, one after the other.

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    return parse_molecule(smiles)


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
        return MOLECULE_PROPERTIES[self.name].measure(read(smiles))


@dataclass(frozen=True)
class Pattern:
    """1 if the molecule has a substructure, else 0.

    Attributes:
        smarts: The substructure, as SMARTS.

    Raises:
        ConfigurationError: If RDKit cannot read the SMARTS.
    """

    smarts: str

    def __post_init__(self) -> None:
        pattern(self.smarts)

    def __call__(self, smiles: str) -> float:
        """Return 1 or 0.

        Raises:
            InputError: If `smiles` is not a molecule.
        """
        return float(read(smiles).HasSubstructMatch(pattern(self.smarts)))


@dataclass(frozen=True)
class Similar:
    """The Tanimoto similarity to a molecule by one of GuacaMol's fingerprints, 0 to 1.

    Attributes:
        target: A SMILES string.
        fingerprint: `ECFP4`, `ECFP6`, `FCFP4`, `AP` or `PHCO`; see
            `latentbo.objectives.similarity`.

    Raises:
        ConfigurationError: If there is no such fingerprint.
    """

    target: str
    fingerprint: str

    def __post_init__(self) -> None:
        check_fingerprint(self.fingerprint)

    def __call__(self, smiles: str) -> float:
        """Return the similarity.

        Raises:
            InputError: If `smiles` is not a molecule.
        """
        return similarity(read(smiles), self.target, self.fingerprint)


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
                fingerprint(read(smiles)), fingerprint(parse_molecule(self.lead))
            )
        )
