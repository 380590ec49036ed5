"""Settings of a training run of a count-conditioned GAN."""

import math
from dataclasses import dataclass
from typing import Any

from latentbo.counting.models import COUNT_PRESETS
from latentbo.counting.training.losses import COUNT_ERRORS
from latentbo.errors import ConfigurationError
from latentbo.training.loop_config import LoopConfig

# Differences of the published code from the thesis's text.
CODE: dict[str, Any] = {
    "count_weight": 1.0,
    "count_error": "square",
    "batch_size": 32,
    "betas": (0.5, 0.999),
}


@dataclass(frozen=True)
class CountTrainingConfig(LoopConfig):
    """Settings of a training run, in addition to those of the loop.

    The defaults are those of section 3.4.2; `of_preset` also has those of the published code.

    Args:
        count_weight: Weight λ of the count loss (eq. 3.3), and of the count losses of other
            methods.
        count_start: First step with the generator's count loss. An untrained count head teaches the
            generator a private code, and one fixed arrangement per combination. 0: from the first
            step, as published.
        generated_share: Share of generated images in the discriminator's count loss; 0.5 weighs
            them like real ones, as published; with 0 it is trained on real ones only, because
            generated images that do not yet show the requested counts teach it wrong counts.
            InfoGAN's has no real ones.
        count_error: Form of the regression's error, one of
            `latentbo.counting.training.COUNT_ERRORS`.
        average_decay: Decay of the generator's running average per step; 0: no average.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    epochs: float = 200.0
    batch_size: int = 128
    learning_rate: float = 1e-4
    schedule: str = "constant"
    warmup_steps: int = 0
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    # So large that it never clips: the published methods do not clip.
    gradient_norm: float = 1e6
    count_weight: float = 0.7
    count_start: int = 0
    generated_share: float = 0.5
    count_error: str = "norm"
    average_decay: float = 0.999

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.count_weight < math.inf:
            raise ConfigurationError(
                f"count_weight must be finite and not negative, not {self.count_weight}"
            )
        if self.count_start < 0:
            raise ConfigurationError(f"count_start must not be negative, not {self.count_start}")
        if self.count_error not in COUNT_ERRORS:
            raise ConfigurationError(
                f"unknown count_error {self.count_error!r}; choose one of {', '.join(COUNT_ERRORS)}"
            )
        if not 0 <= self.generated_share <= 1:
            raise ConfigurationError(
                f"generated_share must lie in [0, 1], not {self.generated_share}"
            )
        if not 0 <= self.average_decay < 1:
            raise ConfigurationError(f"average_decay must lie in [0, 1), not {self.average_decay}")

    @classmethod
    def of_preset(cls, preset: str, **changes: Any) -> "CountTrainingConfig":
        """Return the settings of a preset, with changes.

        Raises:
            ConfigurationError: If the preset is unknown, or a value cannot be used.
        """
        if preset not in COUNT_PRESETS:
            raise ConfigurationError(
                f"unknown preset {preset!r}; choose one of {', '.join(COUNT_PRESETS)}"
            )
        return cls(**{**(CODE if preset == "code" else {}), **changes})
