"""Coupling of adversarial and clean codes, as settings; nothing here loads torch."""

from dataclasses import dataclass

from latentbo.errors import ConfigurationError

#: Terms that keep an adversarial code at its clean one.
TWO_POINT_TERMS = ("paired", "sorted")
#: Target of the cross-covariance -> its formula and the pairs that have it.
CROSS_TARGETS = {
    "scaled": "strength * Sigma, as published: a share `strength` of the pairs are equal",
    "components": "between + strength * within: pairs share their component, and correlate in it",
}


@dataclass(frozen=True)
class Coupling:
    """Target strength of the coupling of adversarial to clean codes.

    Args:
        strength: From 0 to 1: the thesis's alpha for "scaled", the correlation within a component
            for "components". The thesis allows negative values but uses none.
        cross: One of `CROSS_TARGETS`.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    strength: float = 0.95
    cross: str = "scaled"

    def __post_init__(self) -> None:
        if self.cross not in CROSS_TARGETS:
            raise ConfigurationError(
                f"unknown cross-covariance {self.cross!r}; choose one of {', '.join(CROSS_TARGETS)}"
            )
        if not 0 <= self.strength <= 1:
            raise ConfigurationError(f"strength must be from 0 to 1, got {self.strength}")


#: The coupling of the augmented form: no correlation.
INDEPENDENT = Coupling(0.0)
