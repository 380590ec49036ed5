"""Settings of a training run."""

import math
from dataclasses import dataclass, field

from latentbo.errors import ConfigurationError
from latentbo.regularizers import RegularizerConfig
from latentbo.training.loop_config import LoopConfig
from latentbo.training.noise import NOISE_LEVELS
from latentbo.training.pair_config import SequencePairConfig
from latentbo.training.reconstruction import RECONSTRUCTIONS

#: Codes that the regularizer compares with the prior.
REGULARIZED_CODES = ("clean", "noisy")
#: Terms defined for pairs of codes.
PAIR_TERMS = ("ks", "covariance")


@dataclass(frozen=True)
class TrainingConfig(LoopConfig):
    """Settings of a training run on strings, in addition to those of the loop.

    Args:
        representation: Name of the representation.
        regularizer: Name of the regularizer.
        regularizer_weight: Weight of the regularizer relative to the reconstruction loss.
        term_weights: Weights that replace those of the regularizer's terms; 0 removes a term.
        reconstruction: "cross-entropy" (mean per token) or "binary" (the published models' loss).
        latent_noise: Standard deviation of the noise on codes before decoding; widens the region of
            codes that decode to a string.
        noise_levels: "fixed": the same for all codes; "uniform": each string's standard deviation
            is drawn from [0, latent_noise], so that the decoder is trained at every distance;
            "interpolated": codes move towards samples of the prior, by shares up to latent_noise,
            half of them below a quarter of it (see `latentbo.training.noise`).
        regularized_codes: "clean": the codes without that noise follow the prior; "noisy": those
            with noise do, so that noise and spread of the codes together fill the prior, like the
            samples of a variational encoder.
        token_dropout: Share of previous tokens hidden from the decoder.
        held_out: Number of held-out strings; the first half is for the final measurement, the
            second for validation.
        split_seed: Seed of the choice of the held-out strings.
        min_count: Minimum count of symbols in the vocabulary, and of merged runs of symbols.
        max_length: Token positions per string, the end token included.
        vocabulary_size: Number of tokens, special ones included: frequent runs of symbols (or
            neighbours in a derivation) are merged up to this number; 0 or None: no merges.
        recombined: Number of extra training molecules per training molecule, combined from parts of
            all training molecules: without them a small set is overfitted.
        length_groups: Groups of similar length in which a batch is computed (same result, less
            padding); faster on a CPU.
        robust: Attack on the embeddings in training, and coupling of the codes; None: no attack.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    representation: str = "selfies"
    regularizer: str = "gmm-ks"
    regularizer_weight: float = 0.005
    term_weights: dict[str, float] = field(default_factory=dict)
    reconstruction: str = "cross-entropy"
    latent_noise: float = 0.15
    noise_levels: str = "fixed"
    regularized_codes: str = "clean"
    token_dropout: float = 0.1
    held_out: int = 2000
    split_seed: int = 1
    min_count: int = 20
    max_length: int = 79
    vocabulary_size: int | None = None
    recombined: int = 0
    length_groups: int = 1
    robust: SequencePairConfig | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        # Settings files are JSON and hold a dictionary.
        if isinstance(self.robust, dict):
            object.__setattr__(self, "robust", SequencePairConfig(**self.robust))
        at_least = {"held_out": 4, "max_length": 2, "min_count": 1}
        at_least |= {"length_groups": 1, "split_seed": 0, "recombined": 0}
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ConfigurationError(
                    f"{name} must be at least {least}, not {getattr(self, name)}"
                )
        if self.vocabulary_size == 0:
            object.__setattr__(self, "vocabulary_size", None)
        if self.vocabulary_size is not None and self.vocabulary_size < 4:
            raise ConfigurationError(
                f"vocabulary_size must be 0 (nothing is merged) or at least 4 (three tokens are "
                f"special), not {self.vocabulary_size}"
            )
        for name in ("regularizer_weight", "latent_noise"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigurationError(
                    f"{name} must be finite and not negative, not {getattr(self, name)}"
                )
        if not 0 <= self.token_dropout <= 1:
            raise ConfigurationError(f"token_dropout must lie in [0, 1], not {self.token_dropout}")
        self._check_choices()
        weights = self.regularizer_config.weights  # checks name and weights
        if self.robust is not None and weights.keys().isdisjoint(PAIR_TERMS):
            raise ConfigurationError(
                f"the robust objective {self.robust.objective} couples codes by the terms "
                f"{' and '.join(PAIR_TERMS)}, and the regularizer {self.regularizer} has neither: "
                f"use gmm-ks or gmm-ks-thesis"
            )
        if self.robust is not None and self.regularizer_config.requires_variance:
            raise ConfigurationError(
                f"the robust objective {self.robust.objective} needs codes without a variance: "
                f"leave the terms kl and total-correlation out of term_weights"
            )

    def _check_choices(self) -> None:
        choices = {
            "reconstruction": RECONSTRUCTIONS,
            "regularized_codes": REGULARIZED_CODES,
            "noise_levels": NOISE_LEVELS,
        }
        for name, known in choices.items():
            if getattr(self, name) not in known:
                raise ConfigurationError(
                    f"unknown {name} {getattr(self, name)!r}; choose one of {', '.join(known)}"
                )
        if self.noise_levels == "interpolated" and self.latent_noise > 1:
            raise ConfigurationError(
                f"latent_noise is the largest share of a sample of the prior if noise_levels is "
                f"interpolated: at most 1, not {self.latent_noise}"
            )
        if self.robust is not None and self.regularized_codes != "clean":
            raise ConfigurationError(
                "a robust training compares pairs of codes without noise: use "
                "regularized_codes='clean'"
            )

    @property
    def regularizer_config(self) -> RegularizerConfig:
        """The regularizer with its weights."""
        return RegularizerConfig(self.regularizer, self.term_weights)
