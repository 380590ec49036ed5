"""Settings of a study of count-conditioned GANs."""

from dataclasses import dataclass

from latentbo.counting.models import StyleConfig
from latentbo.counting.training import CountTrainingConfig, StyleTrainingConfig

#: Name of a row of table 3.3 -> method and generator.
METHOD_NAMES = {
    "mc2": ("mc2", "dense"),
    "cgan": ("cgan", "dense"),
    "infogan": ("infogan", "dense"),
    "acgan": ("acgan", "dense"),
    "tacgan": ("tacgan", "dense"),
    "cgan-plain": ("cgan", "plain"),
    "infogan-plain": ("infogan", "plain"),
    "acgan-plain": ("acgan", "plain"),
    "tacgan-plain": ("tacgan", "plain"),
}


# The generator of conditional StyleGAN2.
STANDARD = {"connections": "output-skips", "mapping_counts": "first"}
#: Name of a row of tables 3.1 and 3.2 -> what differs from MC²-StyleGAN2. Of the rivals sngan and
#: contragan only the discriminator's head is theirs.
STYLE_NAMES: dict[str, dict[str, str]] = {
    "mc2": {},
    "mc2-conditional": {"method": "mc2-conditional"},
    "sngan": {"method": "projection"},
    "contragan": {"method": "contrastive"},
    "cstylegan2": {"method": "plain", **STANDARD},
    "no-count-loss": {"method": "plain"},
    "separate-trunk": {"trunk": "separate"},
    "counts-first": {"mapping_counts": "first"},
    "counts-unmapped": {"mapping_counts": "none"},
    "residual": {"connections": "residual"},
    "output-skips": {"connections": "output-skips"},
}


@dataclass(frozen=True)
class GANSettings:
    """How a SimpleGAN is trained; None: as its preset says.

    Args:
        preset: `text` or `code`.
        epochs: Passes over the training images.
        batch_size: Images a step.
        learning_rate: Of both players.
        schedule: Of the learning rate: `constant`, as published, or `cosine`, to 2 % of it.
        count_weight: Weight λ of the count loss.
        count_start: Steps before the generator loses by it.
        count_error: Form of the count loss, `norm` or `square`; None: as the preset says.
        count_head: Of mc2's discriminator, `linear` or `detections`.
        generated_share: Share of generated images in the discriminator's count loss.
        width: Channels of the generator's first layer.
        growth: Of its dense blocks.
        discriminator_width: Channels of the discriminator's first convolution.
        dropout: Share of the discriminator's channels that are dropped.
        first_beta: Adam's β1; None: as the preset says.
        noise_dimensions: Size of the noise.
        prior_components: Gaussians of the noise's prior; 1: standard normal, as published.
        prior_scale: Distance of their means from the origin.
        average_decay: Of the averaged generator.
        precision: `32-true` or `bf16-mixed`.
    """

    preset: str = "text"
    epochs: float = 200.0
    batch_size: int | None = None
    learning_rate: float = 1e-4
    schedule: str = "constant"
    count_weight: float | None = None
    count_start: int = CountTrainingConfig.count_start
    count_error: str | None = None
    count_head: str = "linear"
    generated_share: float = 0.5
    width: int = 128
    growth: int = 64
    discriminator_width: int = 16
    dropout: float = 0.45
    first_beta: float | None = None
    noise_dimensions: int = 200
    prior_components: int = 1
    prior_scale: float = 4.0
    average_decay: float = 0.999
    precision: str = "32-true"


@dataclass(frozen=True)
class StyleSettings:
    """How a StyleGAN2 is trained; the meanings are those of `StyleConfig`, `StyleTrainingConfig`.

    Args:
        epochs: Passes over the training images.
        batch_size: Images a step.
        learning_rate: Of both players.
        schedule: Of the learning rate: `constant`, as published, or `cosine`, to 2 % of it.
        count_weight: Weight λ of the count loss.
        count_start: Steps before the generator loses by it.
        generated_share: Share of generated images in the discriminator's count loss.
        width: Channels of maps of the full size.
        max_width: Most channels of any map.
        noise_dimensions: Size of the noise.
        style_dimensions: Size of a style.
        mapping_layers: Layers of the mapping network.
        mapping_rate: Factor of their learning rate.
        count_gain: Factor of the counts where they enter the generator.
        r1_weight: Of the penalty of the discriminator's gradients; None: by the images' size.
        path_weight: Of the penalty of uneven paths.
        path_every: Steps between two of them.
        mixing: Share of images of two styles.
        augmentations: Names; none: no augmentation.
        augment_start: Their probability at first.
        augment_target: Mean sign of real images' logits.
        augment_images: Real images over which the probability can go from 0 to 1; 0: it stays.
        style_regularizer: Weight of the GMM-KS regularizer on the styles.
        style_components: Components of its prior.
        style_scale: Distance of their means from 0.
        prior_components: Gaussians of the noise's prior; 1: standard normal, as published.
        prior_scale: Distance of their means from the origin.
        average_decay: Of the averaged generator.
        precision: `32-true` or `bf16-mixed`.
    """

    epochs: float = 200.0
    batch_size: int = StyleTrainingConfig.batch_size
    learning_rate: float = StyleTrainingConfig.learning_rate
    schedule: str = StyleTrainingConfig.schedule
    count_weight: float = StyleTrainingConfig.count_weight
    count_start: int = StyleTrainingConfig.count_start
    generated_share: float = StyleTrainingConfig.generated_share
    width: int = StyleConfig.width
    max_width: int = StyleConfig.max_width
    noise_dimensions: int = StyleConfig.noise_dimensions
    style_dimensions: int = StyleConfig.style_dimensions
    mapping_layers: int = StyleConfig.mapping_layers
    mapping_rate: float = StyleConfig.mapping_rate
    count_gain: float = StyleConfig.count_gain
    r1_weight: float | None = StyleTrainingConfig.r1_weight
    path_weight: float = StyleTrainingConfig.path_weight
    path_every: int = StyleTrainingConfig.path_every
    mixing: float = StyleTrainingConfig.mixing
    augmentations: tuple[str, ...] = StyleTrainingConfig.augmentations
    augment_start: float = StyleTrainingConfig.augment_start
    augment_target: float = StyleTrainingConfig.augment_target
    augment_images: int = StyleTrainingConfig.augment_images
    style_regularizer: float = StyleTrainingConfig.style_regularizer
    style_components: int = StyleTrainingConfig.style_components
    style_scale: float = StyleTrainingConfig.style_scale
    prior_components: int = 1
    prior_scale: float = 4.0
    average_decay: float = StyleTrainingConfig.average_decay
    precision: str = "32-true"


#: Name -> settings of a StyleGAN2: the published ones, or those that train at 32 pixels in half an
#: hour of a core. They came from trials: at the published rate, layers that start as N(0, 1) learn
#: too slowly for a few thousand steps.
STYLE_SCALES = {
    "published": StyleSettings(),
    "small": StyleSettings(
        epochs=16.0,
        learning_rate=8e-3,
        schedule="cosine",
        generated_share=0.0,
        width=16,
        max_width=64,
        noise_dimensions=64,
        style_dimensions=64,
        mapping_layers=2,
        mapping_rate=0.1,
        r1_weight=5.0,
        path_weight=0.0,
        mixing=0.0,
        prior_components=32,
        prior_scale=16.0,
    ),
}
#: Name of a model -> the names of its rows, and of those that a compare takes by default.
MODELS = {
    "simple": (tuple(METHOD_NAMES), ("mc2", "cgan", "acgan")),
    "stylegan2": (tuple(STYLE_NAMES), ("mc2", "cstylegan2")),
}


@dataclass(frozen=True)
class CounterSettings:
    """How the independent counter is trained.

    Args:
        epochs: Passes over the real images.
        width: Channels of its first convolution.
        dropout: Share of channels dropped.
        seed: Of the training.
    """

    epochs: float = 30.0
    width: int = 32
    dropout: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class MeasuringSettings:
    """How a GAN is measured.

    Args:
        num_images: Images of combinations in training; as many of left-out ones.
        num_extrapolated: Images for each count of a class.
        beyond: Counts above the largest in training that are asked for.
        seed: Of the noise.
    """

    num_images: int = 5000
    num_extrapolated: int = 500
    beyond: int = 3
    seed: int = 0


STYLE_SMOKE = StyleSettings(
    epochs=1.0,
    batch_size=32,
    width=4,
    max_width=4,
    noise_dimensions=8,
    style_dimensions=8,
    mapping_layers=2,
)
#: What `--smoke` sets.
SMOKE = (
    GANSettings(epochs=2.0, batch_size=32, width=8, growth=4, noise_dimensions=8),
    CounterSettings(epochs=4.0, width=4),
    MeasuringSettings(num_images=60, num_extrapolated=10, beyond=1),
)
