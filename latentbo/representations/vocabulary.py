"""A fixed, ordered set of symbols with three special ones in front."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from latentbo.errors import ConfigurationError

__all__ = ["BEGIN", "END", "PAD", "SPECIAL_SYMBOLS", "Vocabulary"]

PAD, BEGIN, END = 0, 1, 2
SPECIAL_SYMBOLS = ("<pad>", "<bos>", "<eos>")


@dataclass(frozen=True)
class Vocabulary:
    """Symbols in index order; the first three are padding, begin and end.

    Args:
        symbols: All symbols, `<pad>`, `<bos>` and `<eos>` first, each once.

    Raises:
        ConfigurationError: If the special symbols are not in front, or a symbol occurs twice.
    """

    symbols: tuple[str, ...]

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
        """Map each ordinary symbol to its index; special symbols cannot be written by a user."""
        return {symbol: i for i, symbol in enumerate(self.symbols) if i > END}

    def __len__(self) -> int:
        return len(self.symbols)
