"""Terms of a regularizer and their weights."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from latentbo.errors import ConfigurationError
from latentbo.regularizers.terms import TERMS, Term
from latentbo.settings import check, setting

#: Name -> shift s of the plotting position (i - s) / n of the i-th smallest of n codes.
PLOTTING_POSITIONS = {"midpoint": 0.5, "right": 0.0}
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
    """A regularizer by name, with its options.

    `dataclasses.asdict` gives JSON-able values, unless `terms` holds functions.

    Args:
        name: One of `REGULARIZERS`.
        term_weights: Weights that replace or join those of the name; weight 0 removes a term.
        plotting_position: "midpoint" or "right"; None takes the name's own.
        num_directions: Number of random directions of the sliced term, drawn anew in each call.
        num_knots: Number of frequencies of the sliced term.
        terms: Further terms by name, each with its weight and its function (see `Term`); a
            function that is registered by `register_term` needs a weight in `term_weights` alone.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    name: str = "gmm-ks"
    term_weights: dict[str, float] = field(default_factory=dict)
    plotting_position: str | None = None
    num_directions: int = setting(64, at_least=1)
    num_knots: int = setting(12, at_least=1)
    terms: Mapping[str, tuple[float, Term]] = field(default_factory=dict)

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
        check(self)

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each term in use."""
        merged = {**REGULARIZERS[self.name], **self.term_weights}
        merged |= {term: weight for term, (weight, _) in self.terms.items()}
        return {term: weight for term, weight in merged.items() if weight > 0}

    @property
    def functions(self) -> dict[str, Term]:
        """Functions of the terms that `Regularizer` does not compute itself."""
        registered = {name: term for name, term in TERMS.items() if term is not None}
        return registered | {name: term for name, (_, term) in self.terms.items()}

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
        for term, given in self.terms.items():
            if term in TERMS:
                raise ConfigurationError(f"there is a term {term!r}: give yours another name")
            if not isinstance(given, tuple | list) or len(given) != 2 or not callable(given[1]):
                raise ConfigurationError(
                    f"the term {term!r} must be a weight and a function, not {given!r}"
                )
        for term in self.term_weights:
            if term not in TERMS:
                raise TERMS.unknown(term)
        weights = {term: weight for term, (weight, _) in self.terms.items()}
        for term, weight in (self.term_weights | weights).items():
            if not isinstance(weight, int | float) or not 0 <= weight < math.inf:
                raise ConfigurationError(
                    f"the weight of term {term!r} must be a finite number >= 0, got {weight!r}"
                )
