"""MC²-StyleGAN2: a count-conditioned StyleGAN2, with its ablation and rivals as settings."""

from latentbo.counting.models.style.config import (
    CONNECTIONS,
    MAPPING_COUNTS,
    STYLE_METHODS,
    TRUNKS,
    StyleConfig,
)
from latentbo.counting.models.style.discriminator import StyleDiscriminator
from latentbo.counting.models.style.generator import StyleGenerator
from latentbo.counting.models.style.network import StyleGAN

__all__ = [
    "CONNECTIONS",
    "MAPPING_COUNTS",
    "STYLE_METHODS",
    "TRUNKS",
    "StyleConfig",
    "StyleDiscriminator",
    "StyleGAN",
    "StyleGenerator",
]
