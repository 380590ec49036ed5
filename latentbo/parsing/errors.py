"""Errors in grammars and in strings that should be sentences of one."""

from collections.abc import Sequence

from latentbo.errors import InputError

#: Maximum length of the part of a string in a message: a caret is useless in a line that wraps.
WINDOW = 72


class GrammarError(InputError):
    """A grammar cannot be read, or its language is empty."""


class ParseError(InputError):
    """A string is not a sentence of a grammar.

    The message shows the string, a caret under the first symbol at which no sentence continues, and
    the symbols that could follow there.

    Args:
        string: The string to parse.
        position: Index of the offending symbol; the string's length if it ends too early.
        symbol: That symbol; empty if the string ends too early.
        expected: The terminals that could follow there.
        may_end: Whether the string could end there.
    """

    def __init__(
        self, string: str, position: int, symbol: str, expected: Sequence[str], may_end: bool
    ) -> None:
        self.string = string
        self.position = position
        self.symbol = symbol
        self.expected = tuple(expected)
        self.may_end = may_end
        super().__init__(self._message())

    def __reduce__(self) -> tuple[type["ParseError"], tuple[object, ...]]:
        """Pickle by arguments: worker processes return these errors."""
        arguments = (self.string, self.position, self.symbol, self.expected, self.may_end)
        return type(self), arguments

    def _message(self) -> str:
        what = f"unexpected {self.symbol!r}" if self.symbol else "unexpected end"
        shown, caret = window(self.string, self.position)
        expected = [*self.expected, *(["the end"] if self.may_end else [])]
        return (
            f"{what} at character {self.position + 1}:\n  {shown}\n  {' ' * caret}^\n"
            f"expected {' '.join(expected)}"
        )


def window(string: str, position: int) -> tuple[str, int]:
    """Cut a long string to the neighbourhood of a position.

    Args:
        string: Any string; characters that break a line are shown as `?`.
        position: An index, at most the string's length.

    Returns:
        The part to show, with `...` where text is cut, and the index of `position` in it.
    """
    printable = "".join(character if character.isprintable() else "?" for character in string)
    first = max(0, min(position - WINDOW // 2, len(string) - WINDOW))
    part = printable[first : first + WINDOW]
    head = "..." if first > 0 else ""
    tail = "..." if first + WINDOW < len(string) else ""
    return head + part + tail, len(head) + position - first
