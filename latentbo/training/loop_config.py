"""Settings of the training loop, the same for all networks."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from latentbo.errors import ConfigurationError

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
        schedule: One of `SCHEDULES`.
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

    epochs: float = 30.0
    batch_size: int = 1024
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    final_rate: float = 0.02
    warmup_steps: int = 500
    decay: float = 0.5
    patience: int = 5
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.01
    gradient_norm: float = 1.0
    seed: int = 0
    checkpoint_minutes: float = 10.0
    log_every: int = 20
    precision: str = "32-true"

    def __post_init__(self) -> None:
        # A run stores its settings as JSON, which has no tuples.
        object.__setattr__(self, "betas", tuple(self.betas))
        if self.schedule not in SCHEDULES:
            raise ConfigurationError(
                f"unknown schedule {self.schedule!r}; choose one of {', '.join(SCHEDULES)}"
            )
        self._check_numbers()

    def as_settings(self) -> dict[str, Any]:
        """Return the content of a settings file; None is left out, for files of older versions."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def _check_numbers(self) -> None:
        for name in ("epochs", "learning_rate", "gradient_norm", "checkpoint_minutes"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ConfigurationError(f"{name} must be positive and finite, not {value}")
        at_least = {"batch_size": 2, "log_every": 1, "warmup_steps": 0, "patience": 1, "seed": 0}
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ConfigurationError(
                    f"{name} must be at least {least}, not {getattr(self, name)}"
                )
        if not 0 <= self.weight_decay < math.inf:
            raise ConfigurationError(
                f"weight_decay must be finite and not negative, not {self.weight_decay}"
            )
        if not 0 <= self.final_rate <= 1:
            raise ConfigurationError(f"final_rate must lie in [0, 1], not {self.final_rate}")
        if not 0 < self.decay <= 1:
            raise ConfigurationError(f"decay must lie in (0, 1], not {self.decay}")
        if len(self.betas) != 2 or not all(0 <= beta < 1 for beta in self.betas):
            raise ConfigurationError(f"betas must be two numbers in [0, 1), not {self.betas}")
