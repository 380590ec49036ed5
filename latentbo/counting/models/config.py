"""Method and sizes of a GAN that is conditioned on counts of objects."""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from latentbo.errors import ConfigurationError
from latentbo.images.models.config import SquareImages
from latentbo.settings import check, setting

#: Method -> its conditioning on counts.
COUNT_METHODS = {
    "mc2": "the discriminator also regresses the counts, of real and of generated images",
    "cgan": "the discriminator is shown the counts beside the image",
    "infogan": "the discriminator also classifies the counts, of generated images only",
    "acgan": "the discriminator also classifies the counts, of real and of generated images",
    "tacgan": "as acgan, with a twin classifier of generated images that the generator opposes",
}
#: Kind of generator -> description.
COUNT_GENERATORS = {
    "dense": "two dense blocks (figure 3.2)",
    "plain": "two up-sampling convolutions, as the rivals' own",
}
#: Count head of a regression -> description.
COUNT_HEADS = {
    "linear": "a linear layer, as published",
    "detections": "a sum of detectors of one object each, at each place of the last maps",
}
# Four convolutions of the discriminator halve the side; the generator doubles it twice.
SIDE_MULTIPLE = 16


class CountSizes(Protocol):
    """Common interface of the configurations of count-conditioned GANs, which are dataclasses."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def method(self) -> str:
        """The method of conditioning on counts."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""

    @property
    def num_classes(self) -> int:
        """Number k of classes of objects."""

    @property
    def max_count(self) -> int:
        """Maximum number of objects of a class in the training images."""

    @property
    def noise_dimensions(self) -> int:
        """Size of the noise."""


@dataclass(frozen=True)
class CountPreset:
    """Differences of the networks between the thesis's text and the published code.

    Args:
        num_layers: Convolutions of a dense block.
        keeps_input: Whether a dense block's input is also seen by its later layers and is part of
            its output.
        epsilon: What batch norms add to a variance. The published code sets 0.8, by mistake: it
            was to be the momentum.
    """

    num_layers: int
    keeps_input: bool
    epsilon: float


#: Name -> networks of the thesis's text (section 3.3.1), or of the published code.
COUNT_PRESETS = {
    "text": CountPreset(num_layers=3, keeps_input=True, epsilon=1e-5),
    "code": CountPreset(num_layers=4, keeps_input=False, epsilon=0.8),
}


@dataclass(frozen=True)
class CountGANConfig(SquareImages):
    """Method and sizes of a count-conditioned GAN; the default sizes are the published ones.

    Args:
        method: One of `COUNT_METHODS`.
        preset: One of `COUNT_PRESETS`.
        generator: One of `COUNT_GENERATORS`.
        count_head: One of `COUNT_HEADS`; matters to `mc2` only.
        channels: Of an image: 1 or 3.
        size: Height and width of an image in pixels, a multiple of 16.
        num_classes: Number k of classes of objects.
        max_count: Most objects of a class in the training images; classifiers of counts know no
            more, a regression and the generator do.
        noise_dimensions: Size of the noise.
        width: Channels of the generator's first layer and after a transition.
        growth: Channels of a layer of a dense block, and of the last but one layer.
        discriminator_width: Channels of the discriminator's first convolution, doubled thrice.
        dropout: Share of the discriminator's channels that are dropped in training.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    method: str = setting("mc2", choices=COUNT_METHODS)
    preset: str = setting("text", choices=COUNT_PRESETS)
    generator: str = setting("dense", choices=COUNT_GENERATORS)
    count_head: str = setting("linear", choices=COUNT_HEADS)
    channels: int = setting(1, at_least=1)
    size: int = setting(64, at_least=1)
    num_classes: int = setting(10, at_least=1)
    max_count: int = setting(2, at_least=1)
    noise_dimensions: int = setting(200, at_least=1)
    width: int = setting(128, at_least=1)
    growth: int = setting(64, at_least=1)
    discriminator_width: int = setting(16, at_least=1)
    dropout: float = setting(0.45, at_least=0, less_than=1)

    def __post_init__(self) -> None:
        check(self)
        if self.size % SIDE_MULTIPLE:
            raise ConfigurationError(
                f"four halving convolutions need a size that is a multiple of {SIDE_MULTIPLE}, "
                f"not {self.size}: build the data set with another size"
            )

    @property
    def networks(self) -> CountPreset:
        """The preset of the networks."""
        return COUNT_PRESETS[self.preset]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        return self.channels, self.size, self.size
