"""SELFIES: every sequence of symbols is a molecule.

References:
    Krenn et al., "Self-referencing embedded strings (SELFIES)", Mach. Learn.: Sci. Technol. 1, 2020.
"""

from collections.abc import Sequence

import selfies

from latentbo.representations.base import Representation, RepresentationError

__all__ = ["SelfiesRepresentation"]


class SelfiesRepresentation(Representation):
    """SMILES strings as SELFIES symbols, under the default valence constraints of `selfies`."""

    name = "selfies"

    @classmethod
    def symbols(cls, string: str) -> list[str]:
        """Split a SMILES string into the symbols of its SELFIES.

        Raises:
            RepresentationError: If the string is empty or no SMILES that SELFIES can write.
        """
        if not string.strip():
            raise RepresentationError("an empty string has no symbols: remove the line")
        try:
            return list(selfies.split_selfies(selfies.encoder(string)))
        except selfies.EncoderError as error:
            reason = " ".join(str(error).split())
            raise RepresentationError(
                f"{string!r} cannot be written as SELFIES ({reason}): leave it out"
            ) from error

    def join(self, symbols: Sequence[str]) -> str | None:
        """Write symbols as SMILES; the result may be empty, never unreadable."""
        return str(selfies.decoder("".join(symbols)))
