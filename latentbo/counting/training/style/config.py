"""Settings of a training run of a count-conditioned StyleGAN2."""

from dataclasses import dataclass

from latentbo.counting.training.config import CountTrainingConfig
from latentbo.counting.training.style.augmentation import AUGMENTATIONS
from latentbo.settings import setting

# R1's published weight is for images of about this size.
R1_WEIGHT, R1_SIZE = 10.0, 256


@dataclass(frozen=True)
class StyleTrainingConfig(CountTrainingConfig):
    """Settings of a training run, in addition to those of all count-conditioned GANs.

    The defaults are those of StyleGAN2, and λ of section 3.4.2.

    Args:
        r1_weight: Weight γ of the penalty on the discriminator's gradients; None: 10 at 256 pixels,
            and proportional to the number of pixels, over which the gradient is spread.
        r1_every: Steps between two penalties, with the weight multiplied by this number; 0: none.
        path_weight: Weight of the path-length penalty of the generator.
        path_every: As `r1_every`, for the path-length penalty.
        path_share: Share of a batch for the path-length penalty.
        mixing: Share of the images with a second style from some layer on.
        augmentations: Augmentations of the discriminator's images, of
            `latentbo.counting.training.style.AUGMENTATIONS`; none as published for CLEVR and SVHN.
        augment_start: Initial probability of each augmentation.
        augment_target: Target of the mean sign of real images' logits, which controls the
            probability.
        augment_images: Real images over which the probability can go from 0 to 1 (it stops at 0.8);
            0: it is constant.
        style_regularizer: Weight of the GMM-KS regularizer on the styles.
        style_components: Components of its prior.
        style_scale: Distance of their means from 0.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    batch_size: int = 32
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.0, 0.99)
    count_weight: float = 0.8
    average_decay: float = 0.998
    r1_weight: float | None = setting(None, at_least=0.0)
    r1_every: int = setting(16, at_least=0)
    path_weight: float = setting(2.0, at_least=0.0)
    path_every: int = setting(4, at_least=0)
    path_share: float = setting(0.5, at_least=0, at_most=1)
    mixing: float = setting(0.9, at_least=0, at_most=1)
    augmentations: tuple[str, ...] = setting((), choices=AUGMENTATIONS)
    augment_start: float = setting(0.0, at_least=0, at_most=1)
    augment_target: float = setting(0.6, at_least=-1, at_most=1)
    augment_images: int = setting(500_000, at_least=0)
    style_regularizer: float = setting(0.0, at_least=0.0)
    style_components: int = setting(10, at_least=1)
    style_scale: float = setting(4.0, more_than=0)

    def __post_init__(self) -> None:
        # A run stores its settings as JSON, which has no tuples.
        object.__setattr__(self, "augmentations", tuple(self.augmentations))
        super().__post_init__()

    def r1_weight_at(self, size: int) -> float:
        """Return the weight of R1 for images of `size` x `size` pixels."""
        if self.r1_weight is not None:
            return self.r1_weight
        return R1_WEIGHT * (size / R1_SIZE) ** 2
