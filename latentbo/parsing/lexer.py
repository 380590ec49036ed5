"""Split strings into terminals, by the longest match."""

import re
from collections.abc import Iterable


class Lexer:
    """Cuts strings into terminals, the longest first, as in `Cl` rather than `C` and `l`.

    Args:
        terminals: The terminals of a grammar.
    """

    def __init__(self, terminals: Iterable[str]) -> None:
        longest_first = sorted(terminals, key=len, reverse=True)
        # A grammar without terminals has only the empty sentence; this pattern matches nothing.
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def split(self, string: str) -> tuple[list[str], int]:
        """Return the terminals and the number of characters they cover.

        Splitting stops at the first character that begins no terminal.
        """
        tokens = self._pattern.findall(string)
        covered = sum(map(len, tokens))
        if covered == len(string):
            return tokens, covered
        tokens, covered = [], 0
        while match := self._pattern.match(string, covered):
            tokens.append(match[0])
            covered = match.end()
        return tokens, covered
