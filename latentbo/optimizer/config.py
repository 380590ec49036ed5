"""Everything that decides an optimization, next to the model, the pool and the objective."""

from dataclasses import dataclass

from latentbo.acquisition import ACQUISITIONS
from latentbo.errors import ConfigurationError

__all__ = ["OptimizationConfig"]


@dataclass(frozen=True)
class OptimizationConfig:
    """Settings of the ask-tell loop.

    Args:
        budget: Oracle calls in all, those for the initial molecules included.
        num_initial: Molecules of the pool that are evaluated first.
        batch_size: Molecules a step (`q`).
        seed: Of everything random.
        acquisition: `thompson` or `log-ei`.
        num_proposals: Codes decoded a round.
        num_rounds: Rounds a step.
        num_parents: Best molecules around which codes are drawn.
        num_inducing: Inducing points of the sparse GP.
        max_train: Most molecules the GP learns from (the best half, the rest at random).
        consistent: Propose only molecules that the model reconstructs.
        initial_length: First length of the trust region, in standard deviations of the prior.
        min_length: Smallest length.
        max_length: Largest length.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    budget: int = 500
    num_initial: int = 100
    batch_size: int = 10
    seed: int = 0
    acquisition: str = "thompson"
    num_proposals: int = 150
    num_rounds: int = 4
    num_parents: int = 20
    num_inducing: int = 200
    max_train: int = 1000
    consistent: bool = False
    initial_length: float = 0.5
    min_length: float = 0.3
    max_length: float = 1.0

    def __post_init__(self) -> None:
        whole = (
            "budget",
            "num_initial",
            "batch_size",
            "num_proposals",
            "num_parents",
            "num_rounds",
        )
        for name in (*whole, "num_inducing", "max_train"):
            if getattr(self, name) < 1:
                raise ConfigurationError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.acquisition not in ACQUISITIONS:
            raise ConfigurationError(
                f"unknown acquisition {self.acquisition!r}: choose one of {', '.join(ACQUISITIONS)}"
            )
        if not 0 < self.min_length <= self.initial_length <= self.max_length:
            raise ConfigurationError(
                f"the trust region needs 0 < min_length <= initial_length <= max_length, got "
                f"{self.min_length}, {self.initial_length}, {self.max_length}"
            )
