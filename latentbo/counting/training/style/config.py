"""Settings of a training run of a count-conditioned StyleGAN2."""

import math
from dataclasses import dataclass

from latentbo.counting.training.config import CountTrainingConfig
from latentbo.counting.training.style.augmentation import AUGMENTATIONS
from latentbo.errors import ConfigurationError

# R1's published weight is for images of about this size.
R1_WEIGHT, R1_SIZE = 10.0, 256
NOT_NEGATIVE = ("path_weight", "style_regularizer", "r1_every", "path_every", "augment_images")
SHARES = ("path_share", "mixing", "augment_start")


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
    r1_weight: float | None = None
    r1_every: int = 16
    path_weight: float = 2.0
    path_every: int = 4
    path_share: float = 0.5
    mixing: float = 0.9
    augmentations: tuple[str, ...] = ()
    augment_start: float = 0.0
    augment_target: float = 0.6
    augment_images: int = 500_000
    style_regularizer: float = 0.0
    style_components: int = 10
    style_scale: float = 4.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "augmentations", tuple(self.augmentations))
        for name in self.augmentations:
            if name not in AUGMENTATIONS:
                raise ConfigurationError(
                    f"unknown augmentation {name!r}; choose among {', '.join(AUGMENTATIONS)}"
                )
        numbers = {name: getattr(self, name) for name in NOT_NEGATIVE}
        if self.r1_weight is not None:
            numbers["r1_weight"] = self.r1_weight
        for name, value in numbers.items():
            if not 0 <= value < math.inf:
                raise ConfigurationError(f"{name} must be finite and not negative, not {value}")
        for name in SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigurationError(f"{name} must lie in [0, 1], not {getattr(self, name)}")
        if not -1 <= self.augment_target <= 1:
            raise ConfigurationError(
                f"augment_target is a mean of signs and must lie in [-1, 1], not "
                f"{self.augment_target}"
            )
        if self.style_components < 1 or not 0 < self.style_scale < math.inf:
            raise ConfigurationError(
                f"the styles' prior needs at least one component and a positive scale, not "
                f"{self.style_components} and {self.style_scale}"
            )

    def r1_weight_at(self, size: int) -> float:
        """Return the weight of R1 for images of `size` x `size` pixels."""
        if self.r1_weight is not None:
            return self.r1_weight
        return R1_WEIGHT * (size / R1_SIZE) ** 2
