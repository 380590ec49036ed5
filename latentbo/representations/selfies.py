"""SELFIES: every sequence of symbols is a molecule.

References:
    Krenn et al., "Self-referencing embedded strings (SELFIES)", Machine Learning: Science and
    Technology 1, 2020.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version

import selfies
from selfies.exceptions import SMILESParserError

from latentbo.representations.base import RepresentationError, shorten
from latentbo.representations.sequence import SequenceRepresentation

# Strings in the cache, a few kilobytes each.
REMEMBERED = 10_000


class SelfiesRepresentation(SequenceRepresentation):
    """SMILES strings as SELFIES symbols, under the default valence constraints of `selfies`."""

    name = "selfies"

    @classmethod
    def symbols(cls, string: str) -> list[str]:
        """Split a SMILES string into the symbols of its SELFIES.

        Raises:
            RepresentationError: If the string is empty or cannot be written as SELFIES.
        """
        if not string.strip():
            raise RepresentationError("an empty string has no symbols: remove the line")
        try:
            return list(_split(string))
        # The parser raises IndexError and others on some malformed strings, such as "B11.".
        except Exception as error:
            raise RepresentationError(
                f"{shorten(string)!r} cannot be written as SELFIES ({_reason(error)}): fix the "
                f"string or leave it out"
            ) from error

    def join(self, symbols: Sequence[str]) -> str | None:
        """Write symbols as SMILES; the result may be empty, but is always valid."""
        return str(selfies.decoder("".join(symbols)))

    def cache_key(self) -> str:
        """Return the cache key, which includes the version of `selfies`."""
        return f"{super().cache_key()}-{self.cache_version()}"

    @classmethod
    def cache_version(cls) -> str:
        """Return the version of `selfies`."""
        return version("selfies")


# A candidate's symbols are needed three times: to encode it, to check it, and as a parent.
@lru_cache(maxsize=REMEMBERED)
def _split(string: str) -> tuple[str, ...]:
    return tuple(selfies.split_selfies(selfies.encoder(string)))


def _reason(error: Exception) -> str:
    """Return the reason and the position at which `selfies` failed."""
    cause = error.__cause__
    if isinstance(cause, SMILESParserError):
        return f"{cause.reason} at position {cause.idx + 1}"
    if isinstance(error, selfies.EncoderError):
        return shorten(" ".join(str(error).split()), 200)
    return "not a SMILES string"
