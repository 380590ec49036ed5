"""Kind and sizes of an image autoencoder."""

from dataclasses import dataclass

from latentbo.errors import ConfigurationError
from latentbo.settings import check, setting

#: Kind of network -> description.
IMAGE_NETWORKS = {
    "convolutional": "four strided convolutions and their mirror image (table 4.6)",
    "mlp": "fully connected layers of equal width",
}


class SquareImages:
    """Sizes of a network for square images."""

    channels: int
    size: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        return self.channels, self.size, self.size


@dataclass(frozen=True)
class ImageNetworkConfig(SquareImages):
    """Sizes of an image autoencoder; the defaults are those of table 4.6 for MNIST.

    Args:
        kind: One of `IMAGE_NETWORKS`.
        channels: Of an image: 1 or 3.
        size: Height and width of an image in pixels; a multiple of 16 for `convolutional`.
        num_dimensions: Size `d` of a code.
        width: Channels of the first convolution, doubled by each of the next three (published:
            128); or units of a fully connected layer (published: 200).
        num_layers: Fully connected layers of the encoder, and of the decoder (published: 4).
        variational: Whether the encoder also returns a log variance.
        spectral_norm: Whether the decoder's weights have spectral norm 1 (RAE-SN).

    Raises:
        ConfigurationError: If a size cannot be used.
    """

    kind: str = "convolutional"
    channels: int = setting(1, at_least=1)
    size: int = setting(32, at_least=1)
    num_dimensions: int = setting(10, at_least=1)
    width: int = setting(128, at_least=1)
    num_layers: int = setting(4, at_least=1)
    variational: bool = False
    spectral_norm: bool = False

    def __post_init__(self) -> None:
        if self.kind not in IMAGE_NETWORKS:
            raise ConfigurationError(
                f"unknown image network {self.kind!r}; choose one of {', '.join(IMAGE_NETWORKS)}"
            )
        check(self)
        if self.kind == "convolutional" and self.size % 16:
            raise ConfigurationError(
                f"four strided convolutions need a size that is a multiple of 16, not {self.size}: "
                f"pad or resize the images"
            )
