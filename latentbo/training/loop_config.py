"""Settings of the training loop, the same for all networks."""

from dataclasses import asdict, dataclass
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.settings import check, setting

#: Name of a learning-rate schedule -> its description.
SCHEDULES = {
    "cosine": "linear warm-up, then a cosine to `final_rate` of the peak",
    "plateau": "multiplied by `decay` after `patience` validations without improvement",
    "step": "multiplied by `decay` every `patience` epochs",
    "constant": "the same throughout",
}


@dataclass(frozen=True)
class LoopConfig:
    """Settings of the loop; a run is a function of these, the data and the device.

    Args:
        epochs: Passes over the training data; fractions are allowed.
        batch_size: Rows per step and device. Batches are random: the regularizer compares the batch
            with the prior.
        learning_rate: Peak of the schedule.
        schedule: Learning-rate schedule: see `SCHEDULES`.
        final_rate: Share of the peak learning rate at the end of `cosine`.
        warmup_steps: Steps of the linear warm-up of `cosine`.
        decay: Factor of `plateau` and `step`.
        patience: Validations (one per epoch) of `plateau`, epochs of `step`.
        betas: AdamW's decay rates of the moments.
        weight_decay: AdamW's weight decay.
        gradient_norm: Norm at which the gradient is clipped.
        seed: Seed of initial weights, order of the data, noise.
        checkpoint_minutes: Time between checkpoints.
        log_every: Steps between lines of `metrics.jsonl`.
        precision: Lightning Fabric's name, e.g. `32-true` or `bf16-mixed`.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    epochs: float = setting(30.0, more_than=0)
    batch_size: int = setting(1024, at_least=2)
    learning_rate: float = setting(1e-3, more_than=0)
    schedule: str = setting("cosine", choices=SCHEDULES)
    final_rate: float = setting(0.02, at_least=0, at_most=1)
    warmup_steps: int = setting(500, at_least=0)
    decay: float = setting(0.5, more_than=0, at_most=1)
    patience: int = setting(5, at_least=1)
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = setting(0.01, at_least=0.0)
    gradient_norm: float = setting(1.0, more_than=0)
    seed: int = setting(0, at_least=0)
    checkpoint_minutes: float = setting(10.0, more_than=0)
    log_every: int = setting(20, at_least=1)
    precision: str = "32-true"

    def __post_init__(self) -> None:
        # A run stores its settings as JSON, which has no tuples.
        object.__setattr__(self, "betas", tuple(self.betas))
        check(self)
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise ConfigurationError(f"betas must be two numbers in [0, 1), not {self.betas}")

    def as_settings(self) -> dict[str, Any]:
        """Return the content of a settings file; None is left out, for files of older versions."""
        return {name: value for name, value in asdict(self).items() if value is not None}
