"""Settings of a training run."""

from dataclasses import dataclass, field

from latentbo.errors import ConfigurationError
from latentbo.regularizers import REGULARIZERS, RegularizerConfig
from latentbo.settings import setting
from latentbo.training.loop_config import LoopConfig
from latentbo.training.pair_config import SequencePairConfig

#: Reconstruction losses; see `latentbo.training.reconstruction`.
RECONSTRUCTIONS = ("cross-entropy", "binary")
#: Choices of the noise's standard deviation per string.
NOISE_LEVELS = ("fixed", "uniform", "interpolated")
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
    regularizer: str = setting("gmm-ks", choices=REGULARIZERS)
    regularizer_weight: float = setting(0.005, at_least=0.0)
    term_weights: dict[str, float] = field(default_factory=dict)
    reconstruction: str = setting("cross-entropy", choices=RECONSTRUCTIONS)
    latent_noise: float = setting(0.15, at_least=0.0)
    noise_levels: str = setting("fixed", choices=NOISE_LEVELS)
    regularized_codes: str = setting("clean", choices=REGULARIZED_CODES)
    token_dropout: float = setting(0.1, at_least=0, at_most=1)
    held_out: int = setting(2000, at_least=4)
    split_seed: int = setting(1, at_least=0)
    min_count: int = setting(20, at_least=1)
    max_length: int = setting(79, at_least=2)
    vocabulary_size: int | None = setting(None, at_least=0)
    recombined: int = setting(0, at_least=0)
    length_groups: int = setting(1, at_least=1)
    robust: SequencePairConfig | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        # Settings files are JSON and hold a dictionary.
        if isinstance(self.robust, dict):
            object.__setattr__(self, "robust", SequencePairConfig(**self.robust))
        if self.vocabulary_size == 0:
            object.__setattr__(self, "vocabulary_size", None)
        if self.vocabulary_size is not None and self.vocabulary_size < 4:
            raise ConfigurationError(
                f"vocabulary_size must be 0 (nothing is merged) or at least 4 (three tokens are "
                f"special), not {self.vocabulary_size}"
            )
        self._check_codes()
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

    def _check_codes(self) -> None:
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
