"""Context-free grammars as data: read, reduced to usable productions, written as text."""

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from latentbo.parsing.errors import GrammarError
from latentbo.parsing.productions import Production, Symbol
from latentbo.parsing.reader import read
from latentbo.parsing.usable import split_usable

if TYPE_CHECKING:
    import nltk

#: Bytes of a file of productions, a thousand times those of the shipped ones.
LARGEST_FILE = 1_000_000


@dataclass(frozen=True)
class Grammar:
    """A context-free grammar whose productions all occur in some sentence's derivation.

    The order of the productions is that of the text; models number them in this order.

    Args:
        start: The start symbol.
        productions: The usable productions, without repetitions.
        dropped: The unusable productions of the text, each with the reason.
    """

    start: str
    productions: tuple[Production, ...]
    dropped: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def from_text(cls, text: str, source: str = "grammar") -> "Grammar":
        """Read a grammar in nltk's CFG syntax and drop unusable productions.

        Args:
            text: The grammar.
            source: Name of the grammar for messages.

        Raises:
            GrammarError: If a line is not a rule, the start symbol has no rule, or the language is
                empty.
        """
        start, rules = read(text, source)
        productions, dropped = split_usable(start, rules, source)
        return cls(start, productions, dropped)

    @cached_property
    def text(self) -> str:
        """The grammar in nltk's CFG syntax, one production per line; `from_text` reads it back."""
        return "\n".join([f"%start {self.start}", *map(str, self.productions)]) + "\n"

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 of `text`, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def terminals(self) -> tuple[str, ...]:
        """The terminals in order of their first occurrence."""
        symbols = (symbol for production in self.productions for symbol in production.rhs)
        return tuple(dict.fromkeys(symbol.name for symbol in symbols if symbol.is_terminal))

    @cached_property
    def nonterminals(self) -> tuple[str, ...]:
        """The non-terminals in order of their first production."""
        return tuple(dict.fromkeys(production.lhs for production in self.productions))

    @cached_property
    def productions_of(self) -> dict[str, tuple[int, ...]]:
        """For each non-terminal the indices of its productions, ascending."""
        numbers: dict[str, tuple[int, ...]] = dict.fromkeys(self.nonterminals, ())
        for number, production in enumerate(self.productions):
            numbers[production.lhs] += (number,)
        return numbers

    @cached_property
    def expansions(self) -> tuple[tuple[str, tuple[Symbol, ...]], ...]:
        """For each production its left-hand side, and its right-hand side from right to left.

        The order in which a stack of open symbols takes them.
        """
        return tuple((production.lhs, production.rhs[::-1]) for production in self.productions)

    @cached_property
    def minimal_lengths(self) -> dict[str, int]:
        """For each non-terminal the number of productions in its shortest derivation."""
        lengths = dict.fromkeys(self.nonterminals, math.inf)
        changed = True
        while changed:
            changed = False
            for production in self.productions:
                length = 1 + sum(lengths[child] for child in production.children)
                if length < lengths[production.lhs]:
                    lengths[production.lhs] = length
                    changed = True
        return {name: int(length) for name, length in lengths.items()}

    @cached_property
    def minimal_needs(self) -> tuple[int, ...]:
        """For each production the fewest further productions that complete its right-hand side."""
        shortest = self.minimal_lengths
        return tuple(
            sum(shortest[child] for child in production.children) for production in self.productions
        )

    def to_nltk(self) -> "nltk.CFG":
        """The grammar as nltk's class, with its productions in the same order."""
        import nltk  # noqa: PLC0415  (slow to import, and only fallback and tests need it)

        return nltk.CFG.fromstring(self.text)


def load_grammar(name_or_path: str | Path) -> Grammar:
    """Load a shipped grammar or a file.

    Args:
        name_or_path: The name of a shipped grammar ("expressions", "smiles"), or a file in nltk's
            CFG syntax.

    Raises:
        GrammarError: If the grammar does not exist or cannot be used.
    """
    shipped = _shipped()
    path = shipped.get(str(name_or_path), Path(name_or_path))
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise GrammarError(
                f"grammar {str(name_or_path)!r} is larger than {LARGEST_FILE:,} bytes: give a file "
                f"of productions"
            )
        text = path.read_text(encoding="utf-8-sig")
    except GrammarError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8 text" if isinstance(error, ValueError) else error.strerror
        raise GrammarError(
            f"grammar {str(name_or_path)!r} cannot be read ({reason}): give a file, "
            f"or one of {', '.join(sorted(shipped))}"
        ) from None
    return Grammar.from_text(text, str(name_or_path))


def _shipped() -> dict[str, Path]:
    """Name -> file: inside the package when installed, beside it in a clone."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "grammars", package.parent / "grammars"):
        files = {path.stem: path for path in folder.glob("*.cfg")}
        if files:
            return files
    return {}
