"""A goal for molecules: a named mean of terms, and which molecules it is about."""

from collections.abc import Callable
from dataclasses import dataclass

from rdkit import Chem

from latentbo.chemistry import MOLECULE_PROPERTIES, parse_molecule, property_name
from latentbo.errors import ConfigurationError
from latentbo.objectives.base import Objective
from latentbo.objectives.drugs import DRUGS
from latentbo.objectives.formula import Formula
from latentbo.objectives.measures import MeasuredProperty, Pattern, Similar
from latentbo.objectives.term import MEANS, MeanKind, Term, check_mean
from latentbo.objectives.transforms import ClippedLine, Gaussian, Linear, Transform

_TASK = "molecules"


@dataclass(frozen=True)
class Goal:
    """A named score in [0, 1] of a molecule: the mean of terms of equal weight.

    Attributes:
        name: The name.
        mean: `geometric` (0 as soon as one score is 0) or `arithmetic`.
        terms: At least one; their scores lie in [0, 1], and their weights and references are not
            used.
        description: One line for people, with the source.

    Raises:
        ConfigurationError: If there is no term, or no such mean.
    """

    name: str
    mean: MeanKind
    terms: tuple[Term, ...]
    description: str

    def __post_init__(self) -> None:
        check_mean(self.mean)
        if not self.terms:
            raise ConfigurationError(f"the goal {self.name!r} has no terms; give at least one")

    def __call__(self, smiles: str) -> float:
        """Score a molecule.

        Sums over atoms round differently in another order, so the score is computed on the
        canonical SMILES: it belongs, to the last bit, to the molecule and not to its spelling.

        Raises:
            InputError: If `smiles` is not a molecule.
        """
        canonical = Chem.MolToSmiles(parse_molecule(smiles))
        return MEANS[self.mean]([term.transform(term.objective(canonical)) for term in self.terms])

    def targets(self) -> tuple[str, ...]:
        """Return the molecules to be found, as canonical SMILES.

        Only a goal that is nothing but similarity has them (rediscovery, similarity, median):
        where other properties count, the molecule that it is compared with is no solution.
        """
        measures = [term.objective.function for term in self.terms]
        smiles = [each.target for each in measures if isinstance(each, Similar)]
        if len(smiles) < len(measures):
            return ()
        return tuple(dict.fromkeys(Chem.MolToSmiles(parse_molecule(target)) for target in smiles))


def measured(name: str, transform: Transform) -> Term:
    """Return the term of a property of `MOLECULE_PROPERTIES`."""
    return _term(name, MeasuredProperty(name), transform)


def equal(name: str, drug: str, width: float) -> Term:
    """Return the term of a property that should be as a drug of `DRUGS` has it: a `Gaussian`."""
    mean = MOLECULE_PROPERTIES[property_name(name)].measure(parse_molecule(DRUGS[drug]))
    return measured(name, Gaussian(mean, width))


def similar(drug: str, fingerprint: str, transform: Transform | None = None) -> Term:
    """Return the term of the similarity to a drug of `DRUGS`, as it is by default."""
    return _term(f"{drug} {fingerprint}", Similar(DRUGS[drug], fingerprint), transform or Linear())


def up_to(most: float) -> Transform:
    """Return the share of a value, from which on more is not rewarded."""
    return ClippedLine(0.0, most)


def present(smarts: str) -> Term:
    """Return the term that is 1 for molecules with a substructure, else 0."""
    return _term(smarts, Pattern(smarts), Linear())


def absent(smarts: str) -> Term:
    """Return the term that is 0 for molecules with a substructure, else 1."""
    return _term(f"not {smarts}", Pattern(smarts), Linear(-1.0, 1.0))


def isomer(formula: str, mean: MeanKind = "geometric") -> Term:
    """Return the term of the closeness to a molecular formula."""
    return _term(formula, Formula(formula, mean), Linear())


def inner(goal: Goal) -> Term:
    """Return the term of another goal's score."""
    return _term(goal.name, goal, Linear())


def _term(name: str, measure: Callable[[str], float], transform: Transform) -> Term:
    return Term(name, Objective(name, measure, task=_TASK), transform)
