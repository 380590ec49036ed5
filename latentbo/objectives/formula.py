"""Similarity of a molecule to a molecular formula.

GuacaMol (2019) counts all atoms, hydrogens included. The scores published with the PMO benchmark
(Gao et al., "Sample Efficiency Matters", NeurIPS 2022) for the two isomer tasks, sitagliptin and
zaleplon come from an older function that counted no hydrogens; do not compare them with the values
of this module.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from rdkit import Chem

from latentbo.chemistry import atoms
from latentbo.errors import ConfigurationError
from latentbo.objectives.measures import read
from latentbo.objectives.term import MEANS, MeanKind, check_mean
from latentbo.objectives.transforms import Gaussian

_TERM = re.compile(r"([A-Z][a-z]?)([1-9][0-9]*)?")


@dataclass(frozen=True)
class Formula:
    """Closeness to a molecular formula, 1 for its isomers.

    The mean over the elements of the formula of a Gaussian of width 1 round the wanted number of
    atoms, and one of width 2 round the number of all atoms, which pays for other elements, too.

    Attributes:
        formula: Such as `C7H8N2O2`.
        mean: The kind of mean: geometric since GuacaMol's second version, arithmetic in its first.

    Raises:
        ConfigurationError: If the formula cannot be read, or there is no such mean.
    """

    formula: str
    mean: MeanKind = "geometric"

    def __post_init__(self) -> None:
        parse_formula(self.formula)
        check_mean(self.mean)

    def __call__(self, smiles: str) -> float:
        """Score a molecule.

        Raises:
            InputError: If `smiles` is not a molecule.
        """
        wanted = dict(parse_formula(self.formula))
        found = atom_counts(read(smiles))
        scores = [Gaussian(wanted[element], 1.0)(found[element]) for element in wanted]
        scores.append(Gaussian(sum(wanted.values()), 2.0)(found.total()))
        return MEANS[self.mean](scores)


def atom_counts(molecule: Chem.Mol) -> Counter[str]:
    """Return the number of atoms of each element, hydrogens included, all isotopes alike."""
    counts = Counter(str(atom.GetSymbol()) for atom in atoms(molecule))
    counts["H"] += sum(atom.GetTotalNumHs() for atom in atoms(molecule))
    return counts


@cache
def parse_formula(formula: str) -> tuple[tuple[str, int], ...]:
    """Split a molecular formula such as `C7H8N2O2` into elements and numbers of atoms.

    Raises:
        ConfigurationError: If it is empty, holds anything but elements and numbers, or an element
            twice.
    """
    terms = [(match[1], int(match[2] or 1)) for match in _TERM.finditer(formula)]
    elements = {element for element, _ in terms}
    known = all(_is_element(element) for element in elements)
    if not terms or not re.fullmatch(f"(?:{_TERM.pattern})+", formula) or not known:
        raise ConfigurationError(
            f"{formula!r} is not a molecular formula; write elements and numbers, such as C7H8N2O2"
        )
    if len(elements) < len(terms):
        raise ConfigurationError(f"the formula {formula!r} names an element twice; add them up")
    return tuple(terms)


def _is_element(symbol: str) -> bool:
    try:
        return bool(Chem.GetPeriodicTable().GetAtomicNumber(symbol) > 0)
    except RuntimeError:
        return False
