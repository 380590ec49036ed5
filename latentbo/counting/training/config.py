"""Settings of a training run of a count-conditioned GAN."""

from dataclasses import dataclass
from typing import Any

from latentbo.counting.models import COUNT_PRESETS
from latentbo.counting.training.losses import COUNT_ERRORS
from latentbo.errors import ConfigurationError
from latentbo.settings import setting
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
    count_weight: float = setting(0.7, at_least=0.0)
    count_start: int = setting(0, at_least=0)
    generated_share: float = setting(0.5, at_least=0, at_most=1)
    count_error: str = setting("norm", choices=COUNT_ERRORS)
    average_decay: float = setting(0.999, at_least=0, less_than=1)

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
