"""Strings as characters; multi-letter symbols of SMILES stay whole."""

import re
from collections.abc import Sequence

from latentbo.representations.base import RepresentationError, shorten
from latentbo.representations.sequence import SequenceRepresentation

# Bracket atoms, the two-letter organic atoms and %nn ring closures are one symbol each.
_SYMBOL = re.compile(r"\[[^\[\]]*\]|Br|Cl|%\d\d|[^\s\[\]%]")


class CharacterRepresentation(SequenceRepresentation):
    """SMILES (or any text without blanks) as characters."""

    name = "characters"

    @classmethod
    def symbols(cls, string: str) -> list[str]:
        """Split a string into bracket atoms, `Cl`, `Br`, `%nn` and single characters.

        Raises:
            RepresentationError: If the string is empty, or holds a blank, a lone bracket or a `%`
                without two digits.
        """
        if not string:
            raise RepresentationError("an empty string has no symbols: remove the line")
        found, position = [], 0
        while position < len(string):
            match = _SYMBOL.match(string, position)
            if match is None:
                raise RepresentationError(
                    f"{shorten(string)!r}: no symbol starts with {string[position]!r} at position "
                    f"{position + 1}: fix the string or leave it out"
                )
            found.append(match.group())
            position = match.end()
        return found

    def join(self, symbols: Sequence[str]) -> str | None:
        """Write symbols one after the other."""
        return "".join(symbols)
