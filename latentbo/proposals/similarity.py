"""Keep molecules that are far from each other."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rdkit import DataStructs

from latentbo.chemistry import fingerprint, parse_molecule
from latentbo.errors import ConfigurationError

# About 20 MB of fingerprints of 2048 bits.
CACHED_FINGERPRINTS = 50_000


class Diversity:
    """A growing set of molecules, each at a least distance from all others.

    The distance is 1 minus the Tanimoto similarity of Morgan fingerprints (radius 2, 2048 bits,
    like ECFP4).

    Args:
        min_distance: The least distance between molecules, 0 to 1.
        accepted: Molecules that are in the set already, however close to each other.

    Raises:
        ConfigurationError: If `min_distance` is not within 0 and 1.
        InputError: If a string is not a molecule.
    """

    def __init__(self, min_distance: float, accepted: Iterable[str] = ()) -> None:
        if not 0 <= min_distance <= 1:
            raise ConfigurationError(
                f"min_distance is {min_distance}; give a Tanimoto distance from 0 to 1"
            )
        self.min_distance = min_distance
        self._kept = [_cached_fingerprint(smiles) for smiles in accepted]

    def __len__(self) -> int:
        return len(self._kept)

    def distance(self, smiles: str) -> float:
        """Return the distance of a molecule to the nearest in the set; 1 if the set is empty.

        Raises:
            InputError: If the string is not a molecule.
        """
        bits = _cached_fingerprint(smiles)
        return 1.0 - max(DataStructs.BulkTanimotoSimilarity(bits, self._kept), default=0.0)

    def admit(self, smiles: str) -> bool:
        """Take a molecule into the set if it is far enough, and say whether it was.

        Raises:
            InputError: If the string is not a molecule.
        """
        is_far = self.is_far(smiles)
        if is_far:
            self.add(smiles)
        return is_far

    def is_far(self, smiles: str) -> bool:
        """Tell whether a molecule is far enough from all in the set.

        Raises:
            InputError: If the string is not a molecule.
        """
        # Subtracting a similarity such as 0.7 from 1 must not lose a molecule to rounding.
        return self.distance(smiles) >= self.min_distance - 1e-12

    def add(self, smiles: str) -> None:
        """Take a molecule into the set, however close it is.

        Raises:
            InputError: If the string is not a molecule.
        """
        self._kept.append(_cached_fingerprint(smiles))


def far_enough(new: Sequence[str], accepted: Sequence[str], min_distance: float) -> list[bool]:
    """Select, in order, molecules at a least distance from each other and from accepted ones.

    Fingerprints are remembered from call to call, so only new molecules cost time.

    Args:
        new: n SMILES strings, the most wanted first.
        accepted: SMILES strings that are settled.
        min_distance: The least Tanimoto distance, 0 (keeps all) to 1.

    Returns:
        For each new molecule whether it is kept.

    Raises:
        ConfigurationError: If `min_distance` is not within 0 and 1.
        InputError: If a string is not a molecule.
    """
    diversity = Diversity(min_distance, accepted)
    return [diversity.admit(smiles) for smiles in new]


@lru_cache(maxsize=CACHED_FINGERPRINTS)
def _cached_fingerprint(smiles: str) -> DataStructs.ExplicitBitVect:
    return fingerprint(parse_molecule(smiles))
