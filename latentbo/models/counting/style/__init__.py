"""MC²-StyleGAN2: a count-conditioned StyleGAN2, with its ablation and rivals as settings."""

from latentbo.models.counting.style.config import (
    CONNECTIONS,
    MAPPING_COUNTS,
    STYLE_METHODS,
    TRUNKS,
    StyleConfig,
)
from latentbo.models.counting.style.discriminator import StyleDiscriminator
from latentbo.models.counting.style.generator import StyleGenerator
from latentbo.models.counting.style.network import StyleGAN

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
