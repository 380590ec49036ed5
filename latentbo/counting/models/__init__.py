"""GANs conditioned on counts of objects, and a network that counts."""

from latentbo.counting.models.config import (
    COUNT_GENERATORS,
    COUNT_HEADS,
    COUNT_METHODS,
    COUNT_PRESETS,
    CountGANConfig,
    CountPreset,
    CountSizes,
)
from latentbo.counting.models.counter import (
    CounterConfig,
    CounterNetwork,
    TrainedCounter,
)
from latentbo.counting.models.discriminator import DiscriminatorOutput, SimpleDiscriminator
from latentbo.counting.models.generator import PlainGenerator, SimpleGenerator, make_generator
from latentbo.counting.models.network import CountGAN, CountNetworks, average_into
from latentbo.counting.models.style import StyleConfig, StyleGAN
from latentbo.counting.models.trained import TrainedCountGAN

__all__ = [
    "COUNT_GENERATORS",
    "COUNT_HEADS",
    "COUNT_METHODS",
    "COUNT_PRESETS",
    "CountGAN",
    "CountGANConfig",
    "CountNetworks",
    "CountPreset",
    "CountSizes",
    "CounterConfig",
    "CounterNetwork",
    "DiscriminatorOutput",
    "PlainGenerator",
    "SimpleDiscriminator",
    "SimpleGenerator",
    "StyleConfig",
    "StyleGAN",
    "TrainedCountGAN",
    "TrainedCounter",
    "average_into",
    "make_generator",
]
