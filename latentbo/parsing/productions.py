"""Symbols and productions, written as nltk writes them."""

from dataclasses import dataclass
from typing import NamedTuple


class Symbol(NamedTuple):
    """A terminal (a piece of the string) or a non-terminal of a grammar."""

    name: str
    is_terminal: bool

    def __str__(self) -> str:
        if not self.is_terminal:
            return self.name
        quote = '"' if "'" in self.name else "'"
        return f"{quote}{self.name}{quote}"


@dataclass(frozen=True)
class Production:
    """One way to replace the non-terminal `lhs`: by the symbols of `rhs`."""

    lhs: str
    rhs: tuple[Symbol, ...]

    def __str__(self) -> str:
        return " ".join([self.lhs, "->", *map(str, self.rhs)])

    @property
    def children(self) -> tuple[str, ...]:
        """The non-terminals of the right-hand side, from left to right."""
        return tuple(symbol.name for symbol in self.rhs if not symbol.is_terminal)
