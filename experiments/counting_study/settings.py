"""Settings of a study of count-conditioned GANs."""

from dataclasses import dataclass

from latentbo.counting.models import COUNT_HEADS, COUNT_PRESETS, StyleConfig
from latentbo.counting.training import COUNT_ERRORS, CountTrainingConfig, StyleTrainingConfig
from latentbo.counting.training.style import AUGMENTATIONS
from latentbo.settings import setting

# Of the learning rate.
SCHEDULES = ("constant", "cosine")
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
    """Training of a SimpleGAN; None: by its preset.

    Args:
        preset: The thesis's `text`, or its published `code`.
        epochs: Passes over the training images.
        batch_size: Images per step; None: as the preset says (128, 32).
        learning_rate: Of both players.
        schedule: Of the learning rate: `constant`, as published, or `cosine`, to 2 % of it.
        count_weight: Weight λ of the count loss; None: as the preset says (0.7, 1).
        count_start: Steps before the generator loses by wrong counts; the discriminator learns to
            count from the first.
        count_error: Form of mc2's count loss: the `norm` of an image's errors (text), or the mean
            of their squares (code, `square`); None: as the preset says.
        count_head: Of mc2: a `linear` layer, or `detections`, a sum of detectors of one object
            each.
        generated_share: Share of generated images in the discriminator's count loss; 0: it counts
            real images only.
        width: Channels of the generator's first layer.
        growth: Of its dense blocks.
        discriminator_width: Channels of the discriminator's first convolution.
        dropout: Share of the discriminator's channels that are dropped.
        first_beta: β1 of Adam; None: as the preset says (0.9, 0.5).
        noise_dimensions: Size of the noise.
        prior_components: Number of Gaussians of the noise's prior; 1: standard normal, as
            published.
        prior_scale: Distance of their means from the origin.
        average_decay: Of the averaged generator.
        precision: `32-true` or `bf16-mixed`.
    """

    preset: str = setting("text", choices=tuple(COUNT_PRESETS))
    epochs: float = setting(200.0, more_than=0)
    batch_size: int | None = setting(None, at_least=2)
    learning_rate: float = setting(1e-4, more_than=0)
    schedule: str = setting("constant", choices=SCHEDULES)
    count_weight: float | None = setting(None, at_least=0.0)
    count_start: int = setting(CountTrainingConfig.count_start, at_least=0)
    count_error: str | None = setting(None, choices=tuple(COUNT_ERRORS))
    count_head: str = setting("linear", choices=tuple(COUNT_HEADS))
    generated_share: float = setting(0.5, at_least=0.0)
    width: int = setting(128, at_least=1)
    growth: int = setting(64, at_least=1)
    discriminator_width: int = setting(16, at_least=1)
    dropout: float = setting(0.45, at_least=0.0)
    first_beta: float | None = setting(None, at_least=0.0)
    noise_dimensions: int = setting(200, at_least=1)
    prior_components: int = setting(1, at_least=1)
    prior_scale: float = setting(4.0, more_than=0)
    average_decay: float = setting(0.999, at_least=0.0)
    precision: str = "32-true"


@dataclass(frozen=True)
class StyleSettings:
    """Training of a StyleGAN2; the fields are those of `StyleConfig`, `StyleTrainingConfig`.

    Args:
        epochs: Passes over the training images.
        batch_size: Images a step.
        learning_rate: Of both players.
        schedule: Of the learning rate: `constant`, as published, or `cosine`, to 2 % of it.
        count_weight: Weight λ of the count loss.
        count_start: Steps before the generator loses by wrong counts; the discriminator learns to
            count from the first.
        generated_share: Share of generated images in the discriminator's count loss; 0: it counts
            real images only.
        width: Channels of maps of the full size.
        max_width: Most channels of any map.
        noise_dimensions: Size of the noise.
        style_dimensions: Size of a style.
        mapping_layers: Layers of the mapping network.
        mapping_rate: Factor of their learning rate.
        count_gain: Factor of the counts where they enter the generator.
        r1_weight: Of the penalty on the discriminator's gradients; None: 10 at 256 pixels, in
            proportion to their number.
        path_weight: Of path-length regularization; 0: none.
        path_every: Steps between two of them.
        mixing: Share of images of two styles.
        augmentations: Of the discriminator's images.
        augment_start: Their probability at first.
        augment_target: Mean sign of real images' logits.
        augment_images: Real images over which the probability can go from 0 to 1; 0: it stays.
        style_regularizer: Weight of the GMM-KS regularizer on the styles.
        style_components: Components of its prior.
        style_scale: Distance of their means from 0.
        prior_components: Number of Gaussians of the noise's prior; 1: standard normal, as
            published.
        prior_scale: Distance of their means from the origin.
        average_decay: Of the averaged generator.
        precision: `32-true` or `bf16-mixed`.
    """

    epochs: float = setting(200.0, more_than=0)
    batch_size: int = setting(StyleTrainingConfig.batch_size, at_least=2)
    learning_rate: float = setting(StyleTrainingConfig.learning_rate, more_than=0)
    schedule: str = setting(StyleTrainingConfig.schedule, choices=SCHEDULES)
    count_weight: float = setting(StyleTrainingConfig.count_weight, at_least=0.0)
    count_start: int = setting(StyleTrainingConfig.count_start, at_least=0)
    generated_share: float = setting(StyleTrainingConfig.generated_share, at_least=0.0)
    width: int = setting(StyleConfig.width, at_least=1)
    max_width: int = setting(StyleConfig.max_width, at_least=1)
    noise_dimensions: int = setting(StyleConfig.noise_dimensions, at_least=1)
    style_dimensions: int = setting(StyleConfig.style_dimensions, at_least=1)
    mapping_layers: int = setting(StyleConfig.mapping_layers, at_least=1)
    mapping_rate: float = setting(StyleConfig.mapping_rate, more_than=0)
    count_gain: float = setting(StyleConfig.count_gain, more_than=0)
    r1_weight: float | None = setting(StyleTrainingConfig.r1_weight, at_least=0.0)
    path_weight: float = setting(StyleTrainingConfig.path_weight, at_least=0.0)
    path_every: int = setting(StyleTrainingConfig.path_every, at_least=0)
    mixing: float = setting(StyleTrainingConfig.mixing, at_least=0.0)
    augmentations: tuple[str, ...] = setting(
        StyleTrainingConfig.augmentations, choices=AUGMENTATIONS
    )
    augment_start: float = setting(StyleTrainingConfig.augment_start, at_least=0.0)
    augment_target: float = setting(StyleTrainingConfig.augment_target, at_least=-1, at_most=1)
    augment_images: int = setting(StyleTrainingConfig.augment_images, at_least=0)
    style_regularizer: float = setting(StyleTrainingConfig.style_regularizer, at_least=0.0)
    style_components: int = setting(StyleTrainingConfig.style_components, at_least=1)
    style_scale: float = setting(StyleTrainingConfig.style_scale, more_than=0)
    prior_components: int = setting(1, at_least=1)
    prior_scale: float = setting(4.0, more_than=0)
    average_decay: float = setting(StyleTrainingConfig.average_decay, at_least=0.0)
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
    """Training of the independent counter.

    Args:
        epochs: Passes over the real images.
        width: Channels of its first convolution.
        dropout: Share of channels dropped.
        seed: Of the training.
    """

    epochs: float = setting(30.0, more_than=0)
    width: int = setting(32, at_least=1)
    dropout: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class MeasuringSettings:
    """Measurement of a GAN.

    Args:
        num_images: Images of combinations in training; as many of left-out ones.
        num_extrapolated: Images for each count of a class.
        beyond: Counts above the largest in training that are asked for.
        seed: Of the noise.
    """

    num_images: int = setting(5000, at_least=2)
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
