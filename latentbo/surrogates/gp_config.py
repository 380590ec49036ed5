"""Settings of the sparse processes of the published protocol; nothing here loads torch."""

from dataclasses import dataclass
from typing import TypeAlias

from latentbo.settings import check, setting


@dataclass(frozen=True)
class StochasticGPConfig:
    """Settings of the published sparse GP; the defaults are the published ones.

    Args:
        num_inducing: Inducing points, initially a random part of the codes.
        epochs: Passes of a first fit.
        refit_epochs: Passes of a fit that starts from an earlier one.
        batch_size: Rows of a mini-batch.
        learning_rate: Of Adam.
        standardize: Whether to standardise targets (published: no, and the prior mean is 0).
        refresh: Epochs between two computations of the inducing values' posterior.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    num_inducing: int = setting(500, at_least=1)
    epochs: int = setting(50, at_least=0)
    refit_epochs: int = setting(5, at_least=0)
    batch_size: int = setting(5000, at_least=1)
    learning_rate: float = setting(5e-4, more_than=0)
    standardize: bool = False
    refresh: int = setting(5, at_least=1)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class ModernGPConfig:
    """Settings of the modern sparse GP.

    Args:
        num_inducing: Inducing points.
        epochs: Passes of Adam over the rows.
        refit_epochs: Passes of a fit that starts from an earlier one.
        batch_size: Maximum rows per mini-batch; with few rows, a twentieth of them, since an epoch
            has at least 20 steps.
        learning_rate: Adam's initial rate.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    num_inducing: int = setting(500, at_least=1)
    epochs: int = setting(30, at_least=0)
    refit_epochs: int = setting(3, at_least=0)
    batch_size: int = setting(5000, at_least=1)
    learning_rate: float = setting(3e-2, more_than=0)

    def __post_init__(self) -> None:
        check(self)


GPConfig: TypeAlias = StochasticGPConfig | ModernGPConfig
