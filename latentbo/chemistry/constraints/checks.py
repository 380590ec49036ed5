"""Single rules for molecules: a pattern, an alert of a catalogue, a limit of a property."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from latentbo.chemistry.descriptors import fingerprint
from latentbo.chemistry.filters import Violation
from latentbo.chemistry.properties import MOLECULE_PROPERTIES, format_value
from latentbo.chemistry.standardize import parse_molecule
from latentbo.errors import ConfigurationError

Check = Callable[[Chem.Mol], Violation | None]

#: The limit that is measured against the lead instead of being a property.
SIMILARITY = "similarity"

# RDKit's names of the catalogues differ from ours in nothing but capitals and the hyphen.
_CHEMBL = ("Glaxo", "Dundee", "BMS", "SureChEMBL", "MLSMR", "Inpharmatica", "LINT")

#: RDKit's catalogues of structural alerts (Baell and Holloway, 2010; Brenk et al., 2008; Jadhav et
#: al., 2010, and Doveston et al., 2015; ZINC's own; the seven that ChEMBL keeps, by their makers).
ALERTS = ("PAINS", "Brenk", "NIH", "ZINC", *(f"ChEMBL-{name}" for name in _CHEMBL))


@dataclass(frozen=True)
class Limit:
    """The range that a property must keep, its ends included.

    Attributes:
        name: One of `MOLECULE_PROPERTIES`, or `SIMILARITY` (to the lead).
        least: The smallest value; None for no limit.
        most: The largest value; None for no limit.

    Raises:
        ConfigurationError: If the smallest value is above the largest one, or a similarity is not
            between 0 and 1.
    """

    name: str
    least: float | None = None
    most: float | None = None

    def __post_init__(self) -> None:
        for side, value in (("min", self.least), ("max", self.most)):
            if self.name == SIMILARITY and value is not None and not 0 <= value <= 1:
                raise ConfigurationError(
                    f"{side}-{self.name} is {format_value(value)}; give a number from 0 to 1"
                )
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ConfigurationError(
                f"min-{self.name} is {format_value(self.least)}, above max-{self.name}, which is "
                f"{format_value(self.most)}; lower the first or raise the second"
            )


def limit_check(limit: Limit, lead: str | None) -> Check:
    """Return the check of a range.

    Args:
        limit: The range.
        lead: The molecule that the similarity is measured to, as SMILES.
    """
    words, measure = _measure(limit.name, lead)

    def check(molecule: Chem.Mol) -> Violation | None:
        value = measure(molecule)
        if limit.least is not None and value < limit.least:
            return Violation(f"{words} (at least {format_value(limit.least)})", format_value(value))
        if limit.most is not None and value > limit.most:
            return Violation(f"{words} (at most {format_value(limit.most)})", format_value(value))
        return None

    return check


def _measure(name: str, lead: str | None) -> tuple[str, Callable[[Chem.Mol], float]]:
    if name != SIMILARITY:
        found = MOLECULE_PROPERTIES[name]
        return found.words, found.measure
    assert lead is not None
    wanted = fingerprint(parse_molecule(lead))
    return "similarity to the lead", lambda molecule: float(
        DataStructs.TanimotoSimilarity(fingerprint(molecule), wanted)
    )


def pattern_check(smarts: str, wanted: bool) -> Check:
    """Return the check that a substructure is there (`wanted`), or is not."""
    query = pattern(smarts)
    violation = Violation(f"{'lacks the required' if wanted else 'has the forbidden'} {smarts}")
    return lambda molecule: None if molecule.HasSubstructMatch(query) is wanted else violation


@cache
def pattern(smarts: str) -> Chem.Mol:
    """Return a substructure to look for.

    Raises:
        ConfigurationError: If RDKit cannot read the SMARTS.
    """
    with rdBase.BlockLogs():
        query = Chem.MolFromSmarts(smarts) if smarts.strip() else None
    if query is None or not query.GetNumAtoms():
        raise ConfigurationError(
            f"{smarts!r} is not a substructure that RDKit can read; give valid SMARTS"
        )
    return query


def alert_check(name: str) -> Check:
    """Return the check that no alert of a catalogue is there."""
    catalogue = alert_catalogue(name)

    def check(molecule: Chem.Mol) -> Violation | None:
        found = catalogue.GetFirstMatch(molecule)
        return found and Violation(f"structural alert ({name})", found.GetDescription())

    return check


@cache
def alert_catalogue(*names: str) -> FilterCatalog:
    """Return some of RDKit's catalogues of `ALERTS` as one; hundreds of patterns, so it is kept."""
    known = {
        name.upper().replace("_", "-"): catalogue
        for name, catalogue in FilterCatalogParams.FilterCatalogs.names.items()
    }
    parameters = FilterCatalogParams()
    for name in names:
        parameters.AddCatalog(known[name.upper()])
    return FilterCatalog(parameters)
