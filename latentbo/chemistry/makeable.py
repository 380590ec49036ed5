"""The rules of `--chemistry`: is a proposed molecule one that a chemist would make?

The usual rules refuse reactive and unstable groups, bonds that do not last, and rings that nobody
has made. The strict ones also refuse what may be made, but is seldom worth it: groups that disturb
assays, uncommon rings, mixtures of many stereoisomers, molecules far from oral drugs.

References:
    Brenk et al., "Lessons Learnt from Assembling Screening Libraries for Drug Discovery for
    Neglected Diseases", ChemMedChem 3, 2008; Jadhav et al., J. Med. Chem. 53, 2010, and Doveston et
    al., Org. Biomol. Chem. 13, 2015 (the catalogue of the NIH).
    Ertl and Schuffenhauer, "Estimation of synthetic accessibility score of drug-like molecules",
    J. Cheminformatics 1:8, 2009; molecules of catalogues seldom score above 4.5.
    Baell and Holloway, "New Substructure Filters for Removal of Pan Assay Interference Compounds",
    J. Med. Chem. 53, 2010.
    Lipinski et al., "Experimental and computational approaches to estimate solubility and
    permeability", Adv. Drug Deliv. Rev. 23, 1997 (weight and logP).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from rdkit import Chem

from latentbo.chemistry.constraints.checks import Check, Limit, alert_check, limit_check, pattern
from latentbo.chemistry.filters import Violation
from latentbo.chemistry.ring_systems import known_ring_systems, ring_system_hashes
from latentbo.chemistry.standardize import REMEMBERED, parse_molecule
from latentbo.chemistry.tables import nearest_name
from latentbo.errors import ConfigurationError, InputError

USUAL, STRICT, NONE = "usual", "strict", "none"
#: What `--chemistry` takes.
CHEMISTRY = (USUAL, STRICT, NONE)

HALOGEN_ON_HETEROATOM = "[#9,#17,#35,#53]~[#7,#8,#15,#16]"
# All sulfur and phosphorus but that in thioethers, thiophenes, sulfoxides, sulfones (sulfoximines
# and the like, too), phosphines, phosphine oxides, phosphates and ions.
UNUSUAL_VALENCE = (
    "[#16;+0;!v2;!$([v4]=[#7,#8]);!$([v6](=[#7,#8])=[#7,#8])]",
    "[#15;+0;!v3;!$([v5]=[#7,#8,#16])]",
)


@dataclass(frozen=True)
class Level:
    """The settings in which the levels of rules differ.

    Attributes:
        max_sa: The largest score of synthetic accessibility.
        least_count: In how many molecules of ZINC-250k a ring system must occur; 0: those of NCI
            compounds will do.
        limits: Further limits of properties.
        alerts: Catalogues of alerts.
    """

    max_sa: float
    least_count: int
    limits: tuple[Limit, ...]
    alerts: tuple[str, ...]


LEVELS: Mapping[str, Level] = {
    USUAL: Level(4.5, 0, (), ("Brenk", "NIH")),
    STRICT: Level(
        4.0,
        10,
        (
            Limit("molecular-weight", most=500),
            Limit("formal-charge", -1, 1),
            # More are a mixture of eight stereoisomers or a long synthesis.
            Limit("stereo-centres", most=2),
            Limit("logp", most=5),
        ),
        ("Brenk", "NIH", "PAINS", "ChEMBL-Glaxo"),
    ),
}


@dataclass(frozen=True)
class MakeableRules:
    """Refuses what a chemist could not or would not make.

    Attributes:
        level: `usual` or `strict`.
        exempt: Canonical SMILES that pass whatever they are: compounds that somebody has.

    Raises:
        ConfigurationError: If there is no such level.
    """

    level: str = USUAL
    exempt: Collection[str] = frozenset()

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ConfigurationError(
                f"there is no chemistry {self.level!r}{nearest_name(self.level, CHEMISTRY)}; use "
                f"{', '.join(CHEMISTRY)}"
            )

    def violation(self, smiles: str) -> Violation | None:
        """Return the first rule that a molecule breaks, None if it passes; cheap rules first."""
        return None if smiles in self.exempt else _violation(self.level, smiles)

    def rejection(self, smiles: str) -> str | None:
        """Return why a molecule is refused, or None."""
        violation = self.violation(smiles)
        return None if violation is None else str(violation)


# It takes a millisecond: a proposal is judged more than once, and all runs of a process start from
# the same pool.
@lru_cache(maxsize=REMEMBERED)
def _violation(level: str, smiles: str) -> Violation | None:
    try:
        molecule = parse_molecule(smiles)
    except InputError:
        return Violation("not a readable molecule")
    for check in _checks(level):
        if violation := check(molecule):
            return violation
    return None


@cache
def _checks(level: str) -> tuple[Check, ...]:
    """Return the checks, in ascending order of their time (10 to 1,000 microseconds)."""
    rules = LEVELS[level]
    return (
        _absent("halogen on S, P, N or O", HALOGEN_ON_HETEROATOM),
        _absent("unusual valence of S or P", *UNUSUAL_VALENCE),
        *(limit_check(limit, None) for limit in rules.limits),
        _ring_check(rules.least_count),
        limit_check(Limit("sa", most=rules.max_sa), None),
        *(alert_check(name) for name in rules.alerts),
    )


def _absent(rule: str, *smarts: str) -> Check:
    queries = [pattern(each) for each in smarts]
    violation = Violation(rule)

    def check(molecule: Chem.Mol) -> Violation | None:
        return violation if any(map(molecule.HasSubstructMatch, queries)) else None

    return check


def _ring_check(least_count: int) -> Check:
    known = known_ring_systems()
    violation = Violation(
        f"ring system of fewer than {least_count} molecules of ZINC-250k"
        if least_count
        else "ring system that is neither in ZINC-250k nor in NCI"
    )

    def check(molecule: Chem.Mol) -> Violation | None:
        counts = (known.get(key, -1) for key in ring_system_hashes(molecule))
        return violation if any(count < least_count for count in counts) else None

    return check
