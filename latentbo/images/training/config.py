"""Settings of a training run on images."""

from dataclasses import dataclass, field

from latentbo.errors import ConfigurationError
from latentbo.images.training.robust_config import RobustConfig
from latentbo.regularizers import RegularizerConfig
from latentbo.settings import setting
from latentbo.training.loop_config import LoopConfig


@dataclass(frozen=True)
class ImageTrainingConfig(LoopConfig):
    """Settings of a training run on images, in addition to those of the loop.

    The defaults of the loop are those of section 4.4.1's text: batches of 100, 100 epochs, Adam
    with betas (0.5, 0.999) and a learning rate of 0.002 that falls on a plateau.

    Args:
        regularizer: Name of the regularizer.
        regularizer_weight: Weight of the regularizer relative to the mean squared error per pixel:
            the inverse of the thesis's weight of the reconstruction (text: 200, published code:
            2,000).
        term_weights: Weights that replace those of the regularizer's terms; 0 removes a term.
        latent_noise: Standard deviation of the noise on codes before decoding.
        gradient_penalty: Weight of the mean squared Frobenius norm of the decoder's Jacobian at
            the codes (RAE-GP).
        robust: Settings of robust training; None: not robust.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    epochs: float = 100.0
    batch_size: int = 100
    learning_rate: float = 2e-3
    schedule: str = "plateau"
    warmup_steps: int = 0
    betas: tuple[float, float] = (0.5, 0.999)
    weight_decay: float = 0.0
    gradient_norm: float = 10.0
    regularizer: str = "gmm-ks"
    regularizer_weight: float = setting(0.005, at_least=0.0)
    term_weights: dict[str, float] = field(default_factory=dict)
    latent_noise: float = setting(0.0, at_least=0.0)
    gradient_penalty: float = setting(0.0, at_least=0.0)
    robust: RobustConfig | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        # Settings files are JSON and hold a dictionary.
        if isinstance(self.robust, dict):
            object.__setattr__(self, "robust", RobustConfig(**self.robust))
        needed = self.regularizer_config.requires_variance  # checks name and weights
        if self.robust is not None and needed == self.robust.is_pairwise:
            kind = "without" if needed else "with"
            raise ConfigurationError(
                f"the robust objective {self.robust.objective} needs a regularizer {kind} a "
                f"variance, not {self.regularizer}: take the method's own"
            )
        if self.robust is not None and self.gradient_penalty:
            raise ConfigurationError(
                f"a gradient_penalty of {self.gradient_penalty} does not go with the robust "
                f"objective {self.robust.objective}: leave one of them out"
            )

    @property
    def regularizer_config(self) -> RegularizerConfig:
        """The regularizer with its weights."""
        return RegularizerConfig(self.regularizer, self.term_weights)
