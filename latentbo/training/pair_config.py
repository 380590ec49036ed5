"""Settings of robust training: the attack on inputs and the coupling of their codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from latentbo.errors import ConfigurationError
from latentbo.regularizers import CROSS_TARGETS, INDEPENDENT, TWO_POINT_TERMS, Coupling
from latentbo.settings import Bounds, check, setting

#: Name of an objective on pairs of codes -> its description.
PAIR_OBJECTIVES = {
    "coupled": "codes of attacked inputs stay at those of the clean ones (eqs. 5.4 to 5.10)",
    "augmented": "codes of attacked inputs follow the prior too, on their own (eqs. 5.2, 5.3)",
}


@dataclass(frozen=True)
class PairConfig:
    """Settings of a training with pairs of codes, beside those of its regularizer.

    Args:
        objective: One of `OBJECTIVES`.
        epsilon: Maximum change of each input value by the attack.
        step: Step of the attack, in the same unit.
        strength: Strength of the coupling for `coupled`: alpha (or the correlation within a
            component, see `cross`).
        cross: Target of the cross-covariance of `coupled`: one of `CROSS_TARGETS`.
        two_point: Two-point term of `coupled`: one of `TWO_POINT_TERMS`.
        adversarial_share: Weight of attacked inputs in the reconstruction loss, whose targets are
            the clean inputs; 0 as in the thesis (eq. 5.6).

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    #: Name -> description.
    OBJECTIVES: ClassVar[Mapping[str, str]] = PAIR_OBJECTIVES

    objective: str = "coupled"
    epsilon: float = setting(0.3, more_than=0)
    step: float = setting(0.375, more_than=0)
    strength: float = setting(0.95, at_least=0, at_most=1)
    cross: str = setting("scaled", choices=CROSS_TARGETS)
    two_point: str = setting("paired", choices=TWO_POINT_TERMS)
    adversarial_share: float = setting(0.0, at_least=0, at_most=1)

    def __post_init__(self) -> None:
        check(self)
        if fault := Bounds(choices=self.OBJECTIVES).fault("objective", self.objective):
            raise ConfigurationError(fault)

    @property
    def coupling(self) -> Coupling:
        """The target distribution of pairs of codes."""
        return INDEPENDENT if self.objective == "augmented" else Coupling(self.strength, self.cross)

    @property
    def two_point_term(self) -> str | None:
        """The two-point term in use; None: the augmented form has none."""
        return None if self.objective == "augmented" else self.two_point


@dataclass(frozen=True)
class SequencePairConfig(PairConfig):
    """Settings for strings, where the embeddings of tokens are attacked.

    Lengths (`epsilon`, `step`) are in standard deviations of the encoder's embeddings, so that the
    bound does not depend on their scale. `adversarial_share` is the share of strings decoded from
    the code of their attacked embeddings: in expectation the same as for images, at the cost of one
    decode.

    The thesis has no values for strings. On the shipped molecule model, trained without attacks,
    0.1 moves a code by a quarter of the distance to its nearest neighbour among 128, and 45 % still
    decode to the same molecule. These codes correlate with the clean ones by 0.98, so `strength`
    must be higher.
    """

    epsilon: float = 0.1
    step: float = 0.125
    strength: float = 0.99
    adversarial_share: float = 0.5
