"""The one registry of sequence networks, and their configurations as JSON."""

from dataclasses import asdict
from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.models.network import NetworkConfig, SequenceAutoencoder
from latentbo.models.published import PublishedAutoencoder, PublishedConfig

AnyNetworkConfig = NetworkConfig | PublishedConfig
AnyAutoencoder = SequenceAutoencoder | PublishedAutoencoder

#: Kind -> configuration and network. Every network has `encode` (of tokens, or of a replacement of
#: their `encoder.embed`), `logits` and a token-by-token `decoder` (`initial_state`, and a call that
#: returns logits and the next state, whose dimension 1 indexes the rows); `fixed_length` is None,
#: or the length to which all strings are padded.
NETWORKS: dict[str, tuple[type[AnyNetworkConfig], type[AnyAutoencoder]]] = {
    "autoregressive": (NetworkConfig, SequenceAutoencoder),
    "published": (PublishedConfig, PublishedAutoencoder),
}


def network_kind(config: AnyNetworkConfig) -> str:
    """Return the name of a configuration's network."""
    return next(kind for kind, (known, _) in NETWORKS.items() if isinstance(config, known))


def make_network(vocabulary_size: int, config: AnyNetworkConfig) -> AnyAutoencoder:
    """Return a new network with random weights (from torch's global generator)."""
    if isinstance(config, PublishedConfig):
        return PublishedAutoencoder(vocabulary_size, config)
    return SequenceAutoencoder(vocabulary_size, config)


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
    return NETWORKS[kind][0](**sizes)
