"""Settings of the `kusner2017` protocol, with switches for its known faults."""

from dataclasses import dataclass
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.protocols.gp_evaluation import GPConfig
from latentbo.settings import check, setting
from latentbo.surrogates import ModernGPConfig, StochasticGPConfig

CHOICES = {
    "surrogate": ("published", "modern"),
    "refit": ("continue", "scratch"),
    "invalid": ("worst", "leave-out"),
}


@dataclass(frozen=True)
class KusnerConfig:
    """Settings of the protocol; the defaults are the published ones, except `refit`.

    Args:
        num_iterations: Iterations.
        batch_size: Points per iteration.
        num_samples: Stochastic decodes per point; their most frequent valid string is taken
            (expressions: 25, molecules: 500).
        num_candidates: Random points of the box, starts for maximising the acquisition function.
        train_fraction: Part of the labelled strings for training the GP.
        seed: Of all randomness, including the split.
        surrogate: `published`: mini-batch sparse GP; `modern`: see `ModernGPConfig`.
        num_inducing: Inducing points.
        epochs: Of the first fit; None: the surrogate's default.
        refit: `scratch`: a new fit in each iteration (published); `continue`: from iteration two,
            the fit starts from the earlier one, for `refit_epochs`: 50 points among 90,000 change
            little, and a run takes a third of the time.
        refit_epochs: Of a continued fit.
        standardize: Whether the published surrogate standardises its targets.
        invalid: Target of points without a value: the `worst` of the data, or none.
        finish: Whether to keep a grammar's decodes from running out of length.
        reencode: Whether to train the GP on the code of the decoded string.
        exclude_above: Labelled strings with a larger value are excluded; None: none are.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    num_iterations: int = setting(5, at_least=1)
    batch_size: int = setting(50, at_least=1)
    num_samples: int = setting(25, at_least=1)
    num_candidates: int = setting(10_000, at_least=1)
    train_fraction: float = 0.9
    seed: int = 0
    surrogate: str = "published"
    num_inducing: int = setting(500, at_least=1)
    epochs: int | None = None
    refit: str = "continue"
    refit_epochs: int = 5
    standardize: bool = False
    invalid: str = "worst"
    finish: bool = False
    reencode: bool = False
    exclude_above: float | None = None

    def __post_init__(self) -> None:
        check(self)
        if not 0 < self.train_fraction < 1:
            raise ConfigurationError(
                f"train_fraction must be between 0 and 1, not {self.train_fraction}"
            )
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigurationError(
                    f"{name} is {getattr(self, name)!r}: choose one of {', '.join(choices)}"
                )
        if self.surrogate == "modern" and self.standardize:
            raise ConfigurationError(
                "the modern surrogate always standardises: leave standardize out"
            )
        _ = self.gp  # checks the numbers of epochs

    @property
    def budget(self) -> int:
        """Maximum number of oracle calls: one per point; repeated and invalid points need none."""
        return self.num_iterations * self.batch_size

    @property
    def gp(self) -> GPConfig:
        """The settings of the surrogate."""
        shared: dict[str, Any] = {
            "num_inducing": self.num_inducing,
            "refit_epochs": self.refit_epochs,
        }
        if self.epochs is not None:
            shared["epochs"] = self.epochs
        if self.surrogate == "modern":
            return ModernGPConfig(**shared)
        return StochasticGPConfig(standardize=self.standardize, **shared)
