"""Quality of the molecules found by a search: diversity, ease of synthesis, structural alerts."""

from collections.abc import Sequence
from functools import lru_cache

from rdkit import DataStructs

from latentbo.chemistry import (
    alert_catalogue,
    fingerprint,
    parse_molecule,
    synthetic_accessibility,
)

#: SA scores up to this value count as easy to synthesise.
MAX_SA = 4.5


def internal_diversity(smiles: Sequence[str]) -> float | None:
    """Return the mean distance between pairs of molecules of a set.

    The distance is 1 minus the Tanimoto similarity of Morgan fingerprints of radius 2 (ECFP4).

    Returns:
        0 (all alike) to 1 (nothing in common); None for fewer than two molecules.

    Raises:
        InputError: If a string is not a molecule.
    """
    prints = [fingerprint(parse_molecule(each)) for each in smiles]
    number = len(prints) * (len(prints) - 1) // 2
    if not number:
        return None
    similarity = sum(
        sum(DataStructs.BulkTanimotoSimilarity(each, prints[:place]))
        for place, each in enumerate(prints)
    )
    return float(1 - similarity / number)


def easy_share(smiles: Sequence[str], most: float = MAX_SA) -> float | None:
    """Return the share of molecules whose SA score is at most `most`; None of no molecules.

    Raises:
        InputError: If a string is not a molecule.
    """
    scores = [synthetic_accessibility(parse_molecule(each)) for each in smiles]
    return sum(score <= most for score in scores) / len(scores) if scores else None


def alert_free_share(smiles: Sequence[str]) -> float | None:
    """Return the share of molecules without any of `alerts`; None of no molecules.

    Raises:
        InputError: If a string is not a molecule.
    """
    return sum(not alerts(each) for each in smiles) / len(smiles) if smiles else None


@lru_cache(maxsize=4096)  # 585 patterns take milliseconds, and a report needs them twice
def alerts(smiles: str) -> tuple[str, ...]:
    """Return the structural alerts in a molecule, by RDKit's catalogues PAINS and Brenk.

    Returns:
        Catalogue and name of each, such as "Brenk: nitro_group".

    Raises:
        InputError: If `smiles` is not a molecule.

    References:
        Baell and Holloway, J. Med. Chem. 53, 2010 (PAINS); Brenk et al., ChemMedChem 3, 2008.
    """
    found = alert_catalogue("PAINS", "Brenk").GetMatches(parse_molecule(smiles))
    return tuple(f"{each.GetProp('FilterSet')}: {each.GetDescription()}" for each in found)
