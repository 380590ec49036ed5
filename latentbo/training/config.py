"""Everything that decides a training run."""

import math
from dataclasses import dataclass, field

from latentbo.errors import ConfigurationError
from latentbo.regularizers import RegularizerConfig
from latentbo.training.reconstruction import RECONSTRUCTIONS

__all__ = ["TrainingConfig"]


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of a training run; a run is a function of these, the data and the device.

    Args:
        representation: Name of the representation.
        regularizer: Name of the regularizer.
        regularizer_weight: Weight of the regularizer against the reconstruction loss.
        term_weights: Weights that replace those of the regularizer's terms; 0 removes a term.
        reconstruction: "cross-entropy" (mean a token) or "binary" (the published models' loss).
        epochs: Passes over the training data; fractions are allowed.
        batch_size: Strings a step and device. Batches are random: the regularizer compares the
            batch with the prior.
        learning_rate: Peak of the schedule (linear warm-up, cosine to `final_rate` of it).
        final_rate: Share of the peak learning rate at the end.
        warmup_steps: Steps of the linear warm-up.
        weight_decay: Of AdamW.
        gradient_norm: Largest norm of the gradient.
        latent_noise: Standard deviation of the noise on codes before decoding; widens the
            neighbourhood in which a code decodes to its string.
        token_dropout: Share of previous tokens hidden from the decoder.
        held_out: Strings kept out of training; the first half is for the final measurement, the
            second for validation.
        split_seed: Seed of the choice of the held-out strings.
        seed: Seed of initial weights, order of the data, noise.
        min_count: Symbols seen less often are left out of the vocabulary.
        max_length: Token positions a string, the end token included.
        checkpoint_minutes: Time between checkpoints.
        log_every: Steps between lines of `metrics.jsonl`.
        length_groups: Each batch is computed in this many groups of similar length (same result,
            less padding); pays on a CPU.
        precision: Lightning Fabric's name, e.g. `32-true` or `bf16-mixed`.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    representation: str = "selfies"
    regularizer: str = "gmm-ks"
    regularizer_weight: float = 0.005
    term_weights: dict[str, float] = field(default_factory=dict)
    reconstruction: str = "cross-entropy"
    epochs: float = 30.0
    batch_size: int = 1024
    learning_rate: float = 1e-3
    final_rate: float = 0.02
    warmup_steps: int = 500
    weight_decay: float = 0.01
    gradient_norm: float = 1.0
    latent_noise: float = 0.15
    token_dropout: float = 0.1
    held_out: int = 2000
    split_seed: int = 1
    seed: int = 0
    min_count: int = 20
    max_length: int = 79
    checkpoint_minutes: float = 10.0
    log_every: int = 20
    length_groups: int = 1
    precision: str = "32-true"

    def __post_init__(self) -> None:
        positive = ("epochs", "learning_rate", "gradient_norm", "checkpoint_minutes")
        for name in positive:
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ConfigurationError(f"{name} must be positive and finite, not {value}")
        at_least = {"batch_size": 2, "held_out": 4, "max_length": 2, "min_count": 1}
        at_least |= {"log_every": 1, "length_groups": 1, "warmup_steps": 0}
        at_least |= {"seed": 0, "split_seed": 0}
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ConfigurationError(
                    f"{name} must be at least {least}, not {getattr(self, name)}"
                )
        for name in ("regularizer_weight", "weight_decay", "latent_noise"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigurationError(
                    f"{name} must be finite and not negative, not {getattr(self, name)}"
                )
        for name in ("token_dropout", "final_rate"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigurationError(f"{name} must lie in [0, 1], not {getattr(self, name)}")
        if self.reconstruction not in RECONSTRUCTIONS:
            raise ConfigurationError(
                f"unknown reconstruction loss {self.reconstruction!r}; "
                f"choose one of {', '.join(RECONSTRUCTIONS)}"
            )
        _ = self.regularizer_config  # which checks name and weights

    @property
    def regularizer_config(self) -> RegularizerConfig:
        """The regularizer with its weights."""
        return RegularizerConfig(self.regularizer, self.term_weights)
