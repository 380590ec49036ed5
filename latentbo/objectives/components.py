"""The parts that a goal for molecules is made of, and the means that join them.

Each part is a frozen dataclass, so that goals are data: it can be printed and compared, and it is
called with a molecule to give a score in [0, 1]. The parts are those of GuacaMol (see
`latentbo.objectives.modifiers`).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, Protocol

from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors, GraphDescriptors, rdMolDescriptors

from latentbo.chemistry import atoms, logp, parse_molecule, qed
from latentbo.errors import ConfigurationError
from latentbo.objectives.modifiers import Clipped, Gaussian, Modifier
from latentbo.objectives.similarity import check_fingerprint, similarity


class Component(Protocol):
    """A score in [0, 1] of a molecule."""

    def __call__(self, molecule: Chem.Mol) -> float:
        """Score a molecule."""
        ...


def _geometric(scores: Sequence[float]) -> float:
    return float(math.prod(scores) ** (1 / len(scores)))


def _arithmetic(scores: Sequence[float]) -> float:
    return math.fsum(scores) / len(scores)


MeanKind = Literal["geometric", "arithmetic"]
MEANS: dict[MeanKind, Callable[[Sequence[float]], float]] = {
    "geometric": _geometric,
    "arithmetic": _arithmetic,
}


def check_mean(kind: str) -> None:
    """Refuse an unknown mean.

    Raises:
        ConfigurationError: If there is no such mean.
    """
    if kind not in MEANS:
        raise ConfigurationError(f"there is no mean {kind!r}; use {' or '.join(MEANS)}")


def _count(element: str) -> Callable[[Chem.Mol], float]:
    return lambda molecule: sum(atom.GetSymbol() == element for atom in atoms(molecule))


# Property by name; the unit is that of the usual table (Å^2, Da), or there is none.
PROPERTIES: dict[str, Callable[[Chem.Mol], float]] = {
    "logP": logp,
    "TPSA": rdMolDescriptors.CalcTPSA,
    "QED": qed,
    "molecular weight": dict(Descriptors.descList)["MolWt"],
    "Bertz complexity": GraphDescriptors.BertzCT,
    "hydrogen bond donors": rdMolDescriptors.CalcNumHBD,
    "rotatable bonds": rdMolDescriptors.CalcNumRotatableBonds,
    "rings": rdMolDescriptors.CalcNumRings,
    "aromatic rings": rdMolDescriptors.CalcNumAromaticRings,
    "fluorine atoms": _count("F"),
}


def _check_property(name: str) -> None:
    if name not in PROPERTIES:
        raise ConfigurationError(
            f"there is no property {name!r}; use one of {', '.join(PROPERTIES)}"
        )


@dataclass(frozen=True)
class Property:
    """A property of the molecule.

    Attributes:
        name: One of `PROPERTIES`.
        modifier: What makes a score of it.

    Raises:
        ConfigurationError: If there is no such property.
    """

    name: str
    modifier: Modifier

    def __post_init__(self) -> None:
        _check_property(self.name)

    def __call__(self, molecule: Chem.Mol) -> float:
        """Score a molecule."""
        return self.modifier(PROPERTIES[self.name](molecule))


@dataclass(frozen=True)
class Equal:
    """A property that should be as a given molecule has it: a `Gaussian` round its value.

    Attributes:
        name: One of `PROPERTIES`.
        target: The given molecule, a SMILES string.
        width: The width of the Gaussian, in units of the property.

    Raises:
        ConfigurationError: If there is no such property.
    """

    name: str
    target: str
    width: float

    def __post_init__(self) -> None:
        _check_property(self.name)

    def __call__(self, molecule: Chem.Mol) -> float:
        """Score a molecule."""
        wanted = Gaussian(_property_of(self.name, self.target), self.width)
        return wanted(PROPERTIES[self.name](molecule))


@cache
def _property_of(name: str, smiles: str) -> float:
    return PROPERTIES[name](parse_molecule(smiles))


@dataclass(frozen=True)
class Similar:
    """The Tanimoto similarity to a molecule (see `latentbo.objectives.similarity`).

    Attributes:
        target: A SMILES string.
        fingerprint: `ECFP4`, `ECFP6`, `FCFP4`, `AP` or `PHCO`.
        modifier: What makes a score of it; as it is by default.

    Raises:
        ConfigurationError: If there is no such fingerprint.
    """

    target: str
    fingerprint: str
    modifier: Modifier = field(default_factory=Clipped)

    def __post_init__(self) -> None:
        check_fingerprint(self.fingerprint)

    def __call__(self, molecule: Chem.Mol) -> float:
        """Score a molecule."""
        return self.modifier(similarity(molecule, self.target, self.fingerprint))


@dataclass(frozen=True)
class Pattern:
    """1 if the molecule holds a substructure, else 0.

    Attributes:
        smarts: The substructure, as SMARTS.
        wanted: False turns it round: 1 if the molecule does not hold it.

    Raises:
        ConfigurationError: If RDKit cannot read the SMARTS.
    """

    smarts: str
    wanted: bool = True

    def __post_init__(self) -> None:
        _query(self.smarts)

    def __call__(self, molecule: Chem.Mol) -> float:
        """Score a molecule."""
        return float(molecule.HasSubstructMatch(_query(self.smarts)) is self.wanted)


@cache
def _query(smarts: str) -> Chem.Mol:
    with rdBase.BlockLogs():
        query = Chem.MolFromSmarts(smarts) if smarts else None
    if query is None:
        raise ConfigurationError(
            f"{smarts!r} is not a substructure that RDKit can read; give valid SMARTS"
        )
    return query


@dataclass(frozen=True)
class Mean:
    """The mean of the scores of several parts, all of equal weight.

    Attributes:
        kind: `geometric` (0 as soon as one part is 0) or `arithmetic`.
        components: The parts, at least one.

    Raises:
        ConfigurationError: If there is no part, or no such mean.
    """

    kind: MeanKind
    components: tuple[Component, ...]

    def __post_init__(self) -> None:
        check_mean(self.kind)
        if not self.components:
            raise ConfigurationError("a mean has no components; give at least one")

    def __call__(self, molecule: Chem.Mol) -> float:
        """Score a molecule."""
        return MEANS[self.kind]([component(molecule) for component in self.components])


def all_components(component: Component) -> Iterator[Component]:
    """Yield a part and all parts it is made of."""
    yield component
    if isinstance(component, Mean):
        for inner in component.components:
            yield from all_components(inner)
