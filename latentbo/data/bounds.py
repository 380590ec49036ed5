"""Censored values: all that is known of them is on which side of a number they lie."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """A censored value.

    Args:
        sign: `>` or `<`.
        number: The number that it lies above or below.
    """

    sign: str
    number: float

    @property
    def negated(self) -> "Bound":
        """The bound of minus the value: `>9` becomes `<-9`."""
        return Bound("<" if self.sign == ">" else ">", -self.number)

    def __str__(self) -> str:
        return f"{self.sign}{self.number:.10g}"
