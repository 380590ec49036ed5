"""GANs conditioned on counts of objects, and a network that counts."""

from latentbo.models.counting.config import (
    COUNT_GENERATORS,
    COUNT_HEADS,
    COUNT_METHODS,
    COUNT_PRESETS,
    CountGANConfig,
    CountPreset,
    CountSizes,
)
from latentbo.models.counting.counter import (
    CounterConfig,
    CounterNetwork,
    TrainedCounter,
)
from latentbo.models.counting.discriminator import Judgement, SimpleDiscriminator
from latentbo.models.counting.generator import PlainGenerator, SimpleGenerator, make_generator
from latentbo.models.counting.network import CountGAN, CountNetworks, average_into
from latentbo.models.counting.style import StyleConfig, StyleGAN
from latentbo.models.counting.trained import TrainedCountGAN

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
    "Judgement",
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
