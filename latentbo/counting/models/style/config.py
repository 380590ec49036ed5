"""Method and sizes of MC²-StyleGAN2: the ablation of table 3.2 and the rivals are settings."""

from dataclasses import dataclass

from latentbo.errors import ConfigurationError
from latentbo.images.models.config import SquareImages
from latentbo.settings import check, setting

#: Method -> conditioning of the discriminator on counts.
STYLE_METHODS = {
    "mc2": "it regresses the counts, of real and of generated images",
    "mc2-conditional": "as mc2, and its realness is that of an image with these counts (ours)",
    "plain": "its realness is an inner product with mapped counts (conditional StyleGAN2)",
    "projection": "its realness has an inner product with embedded counts added (SNGAN)",
    "contrastive": "it embeds images and counts, and alike counts shall be close (ContraGAN)",
}
#: Input of the counts to the mapping network -> description.
MAPPING_COUNTS = {
    "every": "beside the input of every layer",
    "first": "beside the noise only",
    "none": "nowhere; they stand unmapped beside the styles",
}
#: Connections of the generator's blocks -> description.
CONNECTIONS = {
    "dense": "the maps of all earlier blocks, up-sampled through a convolution, are added",
    "residual": "a block's input, up-sampled through a convolution, is added to its output",
    "output-skips": "each block gives an image; the up-sampled images are added",
}
#: Convolutions of the count head -> description.
TRUNKS = {
    "shared": "those of the discriminator",
    "separate": "its own, as many as the discriminator's",
}
#: Methods whose discriminator regresses counts.
REGRESSING = ("mc2", "mc2-conditional")
# Side of the first maps.
FIRST_SIDE = 4


@dataclass(frozen=True)
class StyleConfig(SquareImages):
    """Method and sizes of a count-conditioned StyleGAN2; the defaults are the published ones.

    Args:
        method: One of `STYLE_METHODS`.
        mapping_counts: One of `MAPPING_COUNTS`.
        connections: One of `CONNECTIONS`.
        trunk: One of `TRUNKS`; matters to methods that regress counts only.
        channels: Of an image: 1 or 3.
        size: Height and width of an image in pixels, a power of two of at least 8.
        num_classes: Number k of classes of objects.
        max_count: Most objects of a class in the training images: scales the counts for the
            networks, and bounds those that `projection` and `contrastive` embed.
        noise_dimensions: Size of the noise.
        style_dimensions: Size of a style w.
        mapping_layers: Layers of the mapping network.
        mapping_rate: Factor of the mapping network's learning rate.
        count_gain: Factor of the counts where they enter the generator: few counts beside much
            noise are hard to see.
        width: Channels of maps of the full size; each halving of the side doubles them.
        max_width: Most channels of any map.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    method: str = setting("mc2", choices=STYLE_METHODS)
    mapping_counts: str = setting("every", choices=MAPPING_COUNTS)
    connections: str = setting("dense", choices=CONNECTIONS)
    trunk: str = setting("shared", choices=TRUNKS)
    channels: int = setting(3, at_least=1)
    size: int = 64
    num_classes: int = setting(2, at_least=1)
    max_count: int = setting(6, at_least=1)
    noise_dimensions: int = setting(512, at_least=1)
    style_dimensions: int = setting(512, at_least=1)
    mapping_layers: int = setting(8, at_least=1)
    mapping_rate: float = setting(0.01, more_than=0)
    count_gain: float = setting(1.0, more_than=0)
    width: int = setting(128, at_least=1)
    max_width: int = setting(512, at_least=1)

    def __post_init__(self) -> None:
        check(self)
        if self.size < 2 * FIRST_SIDE or self.size & (self.size - 1):
            raise ConfigurationError(
                f"a StyleGAN2 doubles maps of {FIRST_SIDE} pixels: its size must be a power of two "
                f"of at least {2 * FIRST_SIDE}, not {self.size}; build the data set with another"
            )

    @property
    def sides(self) -> tuple[int, ...]:
        """Sides of the maps, from the smallest: 4, 8, ..., size."""
        return tuple(1 << exponent for exponent in range(2, self.size.bit_length()))

    def width_at(self, side: int) -> int:
        """Return the channels of maps with this side."""
        return min(self.max_width, self.width * self.size // side)
