"""Penalised logP, the score of the molecular literature since automatic chemical design (2016).

It is `z(logP) + z(-SA) + z(-max(0, longest ring - 6))`, each part standardised with its mean and
population standard deviation over ZINC-250k, computed with RDKit 2026.9.1 and the ring definition
of `latentbo.chemistry.rings`. Values of papers that use other constants or another definition of
rings are not exactly comparable.

Above about 6 the score only measures the length of chains and the size of sheets, so read it with
the size limits of `MoleculeFilter`, or take `small_penalized_logp`, which scores no molecule larger
than the largest of ZINC-250k. The size limit does not stop chains: 38 carbons in a row score 11.

References:
    Gómez-Bombarelli et al., "Automatic chemical design using a data-driven continuous
    representation of molecules", ACS Central Science 4(2), 2018; Kusner et al., "Grammar
    Variational Autoencoder", ICML 2017.
"""

from dataclasses import dataclass

from rdkit import Chem

from latentbo.chemistry import logp, longest_cycle, parse_molecule, synthetic_accessibility
from latentbo.errors import InputError

# The most atoms other than hydrogen of a molecule of ZINC-250k.
MAX_HEAVY_ATOMS = 38


@dataclass(frozen=True)
class Standardization:
    """The mean and population standard deviation that a part of the score is standardised with."""

    mean: float
    std: float

    def __call__(self, value: float) -> float:
        """Return the standardised value."""
        return (value - self.mean) / self.std


# Over the 249,455 molecules of ZINC-250k; the last two are of the negated parts.
LOGP = Standardization(2.45712, 1.43433)
SYNTHETIC_ACCESSIBILITY = Standardization(-3.05329, 0.83488)
CYCLE = Standardization(-0.04879, 0.28797)


def penalized_logp(smiles: str) -> float:
    """Score one molecule by its penalised logP.

    The ring part can depend on the order of the atoms (shuffling changed it for 8 of the first
    3,000 molecules of ZINC-250k), so it is computed on the canonical SMILES: the score belongs to
    the molecule and not to its spelling.

    Raises:
        InputError: If `smiles` is not a molecule.
    """
    molecule = parse_molecule(smiles)
    canonical = Chem.MolToSmiles(molecule)
    if canonical != smiles:
        molecule = parse_molecule(canonical)
    excess = max(0, longest_cycle(molecule) - 6)
    return (
        LOGP(logp(molecule))
        + SYNTHETIC_ACCESSIBILITY(-synthetic_accessibility(molecule))
        + CYCLE(-excess)
    )


def small_penalized_logp(smiles: str) -> float:
    """Score one molecule of at most `MAX_HEAVY_ATOMS` heavy atoms by its penalised logP.

    A larger molecule has no value. A low one would teach a model that it is bad, which it is not
    by this measure, and a value far from all others spoils a Gaussian process.

    Raises:
        InputError: If `smiles` is not a molecule, or a larger one.
    """
    atoms = parse_molecule(smiles).GetNumHeavyAtoms()
    if atoms > MAX_HEAVY_ATOMS:
        raise InputError(
            f"the molecule has {atoms} heavy atoms, and penalized-logp-{MAX_HEAVY_ATOMS} scores at "
            f"most {MAX_HEAVY_ATOMS}; filter by size (as --max-heavy-atoms does), or take "
            "penalized-logp, which has no limit"
        )
    return penalized_logp(smiles)
