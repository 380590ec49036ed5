"""Settings of the `kusner2017` protocol, with switches for its known faults."""

from dataclasses import dataclass
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.settings import check, setting
from latentbo.surrogates import GPConfig, ModernGPConfig, StochasticGPConfig


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
        surrogate: Sparse GP: `published`: by mini-batches; `modern`: see `ModernGPConfig`.
        num_inducing: Inducing points.
        epochs: Epochs of the first fit; None: the surrogate's own (published: 50).
        refit: `scratch`: a new fit in each iteration (published); `continue`: from iteration two,
            the fit starts from the earlier one, for `refit_epochs`: 50 points among 90,000 change
            little, and a run takes a third of the time.
        refit_epochs: Of a continued fit.
        standardize: Whether the published surrogate standardises its targets.
        invalid: Target of points without a value: the `worst` of the data (published), or none
            (`leave-out`, which mends a fault).
        finish: Whether to keep a grammar's decodes from running out of length.
        reencode: Whether to train the GP on the code of the decoded string.
        exclude_above: Labelled strings with a larger value are excluded (with =:
            --exclude-above=-0.5), since the expression data hold the answer; None: none are.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    num_iterations: int = setting(5, at_least=1)
    batch_size: int = setting(50, at_least=1)
    num_samples: int = setting(25, at_least=1)
    num_candidates: int = setting(10_000, at_least=1)
    train_fraction: float = setting(0.9, more_than=0, less_than=1)
    seed: int = 0
    surrogate: str = setting("published", choices=("published", "modern"))
    num_inducing: int = setting(500, at_least=1)
    epochs: int | None = setting(None, at_least=0)
    refit: str = setting("continue", choices=("continue", "scratch"))
    refit_epochs: int = setting(5, at_least=0)
    standardize: bool = False
    invalid: str = setting("worst", choices=("worst", "leave-out"))
    finish: bool = False
    reencode: bool = False
    exclude_above: float | None = None

    def __post_init__(self) -> None:
        check(self)
        if self.surrogate == "modern" and self.standardize:
            raise ConfigurationError(
                "the modern surrogate always standardises: leave standardize out"
            )

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
