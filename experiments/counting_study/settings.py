"""Settings of a study of count-conditioned GANs."""

from dataclasses import dataclass

__all__ = ["METHOD_NAMES", "SMOKE", "CounterSettings", "GANSettings", "MeasuringSettings"]

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


@dataclass(frozen=True)
class GANSettings:
    """How a GAN is trained; None: as its preset says.

    Args:
        preset: `text` or `code`.
        epochs: Passes over the training images.
        batch_size: Images a step.
        learning_rate: Of both players.
        count_weight: Weight λ of the count loss.
        width: Channels of the generator's first layer.
        growth: Of its dense blocks.
        discriminator_width: Channels of the discriminator's first convolution.
        dropout: Share of the discriminator's channels that are dropped.
        first_beta: Adam's β1; None: as the preset says.
        noise_dimensions: Size of the noise.
        prior_components: Gaussians of the noise's prior; 1: standard normal, as published.
        prior_scale: Distance of their means from the origin.
        average_decay: Of the averaged generator.
    """

    preset: str = "text"
    epochs: float = 200.0
    batch_size: int | None = None
    learning_rate: float = 1e-4
    count_weight: float | None = None
    width: int = 128
    growth: int = 64
    discriminator_width: int = 16
    dropout: float = 0.45
    first_beta: float | None = None
    noise_dimensions: int = 200
    prior_components: int = 1
    prior_scale: float = 4.0
    average_decay: float = 0.999


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


#: What `--smoke` sets.
SMOKE = (
    GANSettings(epochs=2.0, batch_size=32, width=8, growth=4, noise_dimensions=8),
    CounterSettings(epochs=4.0, width=4),
    MeasuringSettings(num_images=60, num_extrapolated=10, beyond=1),
)
