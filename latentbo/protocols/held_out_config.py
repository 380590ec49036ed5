"""Settings of the `held-out` protocol."""

from dataclasses import dataclass

from latentbo.settings import check, setting


@dataclass(frozen=True)
class HeldOutConfig:
    """Settings of the protocol.

    Args:
        drop_best: Hidden part of the data, the best by the objective.
        num_labelled: Strings of the rest whose values are free initial data of the optimizer.
        seed: Of their selection.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    drop_best: float = setting(0.5, more_than=0, less_than=1)
    num_labelled: int = setting(5000, at_least=1)
    seed: int = 0

    def __post_init__(self) -> None:
        check(self)
