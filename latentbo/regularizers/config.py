"""Terms of a regularizer and their weights."""

import math
from dataclasses import dataclass, field

from latentbo.errors import ConfigurationError
from latentbo.regularizers.kolmogorov_smirnov import PLOTTING_POSITIONS

__all__ = ["REGULARIZERS", "TERMS", "RegularizerConfig"]

TERMS = ("ks", "covariance", "mean", "sliced", "kl", "total-correlation", "mmd", "l2", "decoder")

#: Name of a regularizer -> weights of its terms. Other parts of a method, such as the noise on the
#: codes of "constant-variance", are in the table of methods of training.
REGULARIZERS: dict[str, dict[str, float]] = {
    "gmm-ks": {"ks": 1.0, "covariance": 1.0, "mean": 1.0, "sliced": 0.25},
    "gmm-ks-thesis": {"ks": 1.0, "covariance": 1.0},
    "kl": {"kl": 1.0},
    "mmd": {"mmd": 10.0},
    "l2": {"l2": 1.0},
    "constant-variance": {"l2": 1.0},
    "rae": {"l2": 1.0, "decoder": 1.0},
    "none": {},
}


@dataclass(frozen=True)
class RegularizerConfig:
    """A regularizer by name, with its options; `dataclasses.asdict` gives JSON-able values.

    Args:
        name: One of `REGULARIZERS`.
        term_weights: Weights that replace or join those of the name; weight 0 removes a term.
        plotting_position: "midpoint" or "right"; None takes the name's own.
        num_directions: Number of random directions of the sliced term, drawn anew in each call.
        num_knots: Number of frequencies of the sliced term.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    name: str = "gmm-ks"
    term_weights: dict[str, float] = field(default_factory=dict)
    plotting_position: str | None = None
    num_directions: int = 64
    num_knots: int = 12

    def __post_init__(self) -> None:
        if self.name not in REGULARIZERS:
            raise ConfigurationError(
                f"unknown regularizer {self.name!r}; choose one of {', '.join(REGULARIZERS)}"
            )
        self._check_weights()
        if self.plotting_position not in (None, *PLOTTING_POSITIONS):
            raise ConfigurationError(
                f"unknown plotting position {self.plotting_position!r}; "
                f"choose one of {', '.join(PLOTTING_POSITIONS)}"
            )
        for name in ("num_directions", "num_knots"):
            if getattr(self, name) < 1:
                raise ConfigurationError(f"{name} must be at least 1, got {getattr(self, name)}")

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each term in use."""
        merged = {**REGULARIZERS[self.name], **self.term_weights}
        return {term: weight for term, weight in merged.items() if weight > 0}

    @property
    def requires_variance(self) -> bool:
        """Whether the encoder must return a log-variance."""
        return not self.weights.keys().isdisjoint({"kl", "total-correlation"})

    @property
    def position(self) -> str:
        """The plotting position in use."""
        if self.plotting_position is not None:
            return self.plotting_position
        return "right" if self.name == "gmm-ks-thesis" else "midpoint"

    def _check_weights(self) -> None:
        for term, weight in self.term_weights.items():
            if term not in TERMS:
                raise ConfigurationError(
                    f"unknown term {term!r} in term_weights; choose from {', '.join(TERMS)}"
                )
            if not isinstance(weight, int | float) or not 0 <= weight < math.inf:
                raise ConfigurationError(
                    f"the weight of term {term!r} must be a finite number >= 0, got {weight!r}"
                )
