"""A fixed, ordered set of symbols with three special ones in front."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from latentbo.errors import ConfigurationError

PAD, BEGIN, END = 0, 1, 2
SPECIAL_SYMBOLS = ("<pad>", "<bos>", "<eos>")


@dataclass(frozen=True)
class Vocabulary:
    """Symbols in index order; the first three are padding, begin and end.

    After the symbols come the tokens of merges, which combine several tokens as defined by the
    representation.

    Args:
        symbols: All symbols, `<pad>`, `<bos>` and `<eos>` first, each once.
        merges: The parts of each further token.

    Raises:
        ConfigurationError: If the special symbols are not in front, or a symbol occurs twice.
    """

    symbols: tuple[str, ...]
    merges: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        if tuple(self.symbols[:3]) != SPECIAL_SYMBOLS:
            raise ConfigurationError(
                f"a vocabulary starts with {SPECIAL_SYMBOLS}, not {tuple(self.symbols[:3])}"
            )
        repeated = [symbol for symbol, count in Counter(self.symbols).items() if count > 1]
        if repeated:
            raise ConfigurationError(f"the vocabulary holds {repeated[0]!r} more than once")

    @classmethod
    def from_sequences(cls, sequences: Iterable[Sequence[str]], min_count: int = 1) -> "Vocabulary":
        """Collect the symbols seen at least `min_count` times, most frequent first."""
        counts = Counter(symbol for sequence in sequences for symbol in sequence)
        frequent = [s for s, count in counts.items() if count >= min_count]
        return cls(SPECIAL_SYMBOLS + tuple(sorted(frequent, key=lambda s: (-counts[s], s))))

    @cached_property
    def indices(self) -> dict[str, int]:
        """Map each ordinary symbol to its index; special symbols are not part of user strings."""
        return {symbol: i for i, symbol in enumerate(self.symbols) if i > END}

    def __len__(self) -> int:
        return len(self.symbols) + len(self.merges)

    def to_json(self) -> Any:
        """Return the content of a vocabulary file: the symbols, and the merges if any."""
        if not self.merges:
            return list(self.symbols)
        return {"symbols": list(self.symbols), "merges": [list(merge) for merge in self.merges]}

    @classmethod
    def from_json(cls, content: Any) -> "Vocabulary":
        """Build a vocabulary from the content that `to_json` returned.

        Raises:
            ConfigurationError: If the content is not a vocabulary.
        """
        symbols, merges = content, []
        if isinstance(content, dict):
            unknown = content.keys() - {"symbols", "merges"}
            if unknown or "symbols" not in content:
                raise ConfigurationError(
                    f"a vocabulary holds symbols and merges, not {', '.join(sorted(content))}: "
                    f"restore the file, or train again"
                )
            symbols, merges = content["symbols"], content.get("merges", [])
        if not isinstance(symbols, list) or not all(isinstance(each, str) for each in symbols):
            raise ConfigurationError("the symbols of a vocabulary must be a list of strings")
        if not isinstance(merges, list) or not all(isinstance(each, list) for each in merges):
            raise ConfigurationError(
                "the merges of a vocabulary must be a list of lists of numbers"
            )
        return cls(tuple(symbols), tuple(tuple(each) for each in merges))
