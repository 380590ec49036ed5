"""Sizes of networks and of their prior, as settings; nothing here loads torch."""

from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from latentbo.errors import ConfigurationError
from latentbo.settings import check, setting

#: More would only cost memory.
MAX_BEAMS = 100


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes of the sequence autoencoder.

    Args:
        num_dimensions: Size `d` of a code.
        embedding_width: Width of the token embeddings, encoder and decoder.
        encoder_width: Units of the encoder's GRU, each direction.
        decoder_width: Units of each of the decoder's GRU layers.
        decoder_layers: Number of the decoder's GRU layers.
        variational: Whether the encoder also returns a log variance.

    Raises:
        ConfigurationError: If a size is not positive.
    """

    num_dimensions: int = setting(128, at_least=1)
    embedding_width: int = setting(128, at_least=1)
    encoder_width: int = setting(256, at_least=1)
    decoder_width: int = setting(512, at_least=1)
    decoder_layers: int = setting(3, at_least=1)
    variational: bool = False

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class PublishedConfig:
    """Sizes of the published network; the defaults are those for expressions.

    Args:
        num_dimensions: Size `d` of a code.
        max_length: Positions of a string, the end token included; shorter ones are padded.
        filters: Channels of the encoder's convolutions.
        widths: Kernel width of each convolution, in positions.
        batch_norm: Whether convolutions and the decoder's input are batch-normalised.
        dense_width: Units of the encoder's last hidden layer.
        gru_width: Units of each of the decoder's GRU layers.
        gru_layers: Number of these layers.
        variational: Whether the encoder also returns a log variance.
        noise_scale: Factor of the noise in a variational encoder's samples (published: 0.01, which
            makes the encoder nearly deterministic; 1 is the standard).

    Raises:
        ConfigurationError: If a size is not positive, or `max_length` too short to convolve.
    """

    num_dimensions: int = setting(25, at_least=1)
    max_length: int = setting(15, at_least=1)
    filters: tuple[int, ...] = (2, 3, 4)
    widths: tuple[int, ...] = (2, 3, 4)
    batch_norm: bool = True
    dense_width: int = setting(100, at_least=1)
    gru_width: int = setting(100, at_least=1)
    gru_layers: int = setting(3, at_least=1)
    variational: bool = False
    noise_scale: float = 0.01

    def __post_init__(self) -> None:
        # JSON has no tuples.
        object.__setattr__(self, "filters", tuple(self.filters))
        object.__setattr__(self, "widths", tuple(self.widths))
        check(self)
        if not self.filters or min(self.filters + self.widths) < 1:
            raise ConfigurationError(
                f"filters and widths must be positive, not {self.filters} and {self.widths}"
            )
        if len(self.filters) != len(self.widths):
            raise ConfigurationError(
                f"{len(self.filters)} filters and {len(self.widths)} widths: give the same number"
            )
        if self.noise_scale < 0:
            raise ConfigurationError(f"noise_scale must not be negative, not {self.noise_scale}")
        if self.positions_left < 1:
            raise ConfigurationError(
                f"max_length must be at least {1 + sum(self.widths) - len(self.widths)} for "
                f"convolutions over {self.widths} positions, not {self.max_length}"
            )

    @property
    def positions_left(self) -> int:
        """Positions left after the convolutions, which are not padded."""
        return self.max_length - sum(self.widths) + len(self.widths)


@dataclass(frozen=True)
class PriorConfig:
    """The Gaussian-mixture prior with one-hot means of a model.

    Args:
        num_components: Number `K` of components; 1 is a single Gaussian at the origin.
        scale: Length of the means.
        standard_deviation: Of each component, in every dimension.

    Raises:
        ConfigurationError: If a value is not positive.
    """

    num_components: int = setting(128, at_least=1)
    scale: float = setting(1.0, more_than=0)
    standard_deviation: float = setting(1.0, more_than=0)

    def __post_init__(self) -> None:
        check(self)


AnyNetworkConfig: TypeAlias = NetworkConfig | PublishedConfig

#: Kind -> configuration.
NETWORKS: dict[str, type[AnyNetworkConfig]] = {
    "autoregressive": NetworkConfig,
    "published": PublishedConfig,
}


def network_kind(config: AnyNetworkConfig) -> str:
    """Return the name of a configuration's network."""
    return next(kind for kind, known in NETWORKS.items() if isinstance(config, known))


def network_to_dict(config: AnyNetworkConfig) -> dict[str, Any]:
    """Return a configuration as JSON-able values, with its kind."""
    return {"kind": network_kind(config), **asdict(config)}


def network_from_dict(values: dict[str, Any]) -> AnyNetworkConfig:
    """Return the configuration that `network_to_dict` wrote; without a kind, it is autoregressive.

    Raises:
        ConfigurationError: If the kind is unknown or a value cannot be used.
        TypeError: If a name is unknown or `values` is not a dictionary.
    """
    sizes = dict(values)
    kind = sizes.pop("kind", "autoregressive")
    if kind not in NETWORKS:
        raise ConfigurationError(f"unknown network {kind!r}: choose one of {', '.join(NETWORKS)}")
    return NETWORKS[kind](**sizes)
