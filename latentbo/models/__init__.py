"""Encoders, decoders and autoencoders over token sequences, and their folders on disk."""

from latentbo.models.alternatives import alternatives
from latentbo.models.decoding import continue_tokens, decode_samples, decode_tokens
from latentbo.models.folder import default_model_folder, load_model, save_model
from latentbo.models.network import (
    NetworkConfig,
    SequenceAutoencoder,
    SequenceDecoder,
    SequenceEncoder,
)
from latentbo.models.networks import (
    NETWORKS,
    AnyAutoencoder,
    AnyNetworkConfig,
    make_network,
    network_from_dict,
    network_kind,
    network_to_dict,
)
from latentbo.models.published import PublishedAutoencoder, PublishedConfig
from latentbo.models.trained import PriorConfig, TrainedModel
from latentbo.models.votes import MostFrequent, SampleCounts, most_frequent

__all__ = [
    "NETWORKS",
    "AnyAutoencoder",
    "AnyNetworkConfig",
    "MostFrequent",
    "NetworkConfig",
    "PriorConfig",
    "PublishedAutoencoder",
    "PublishedConfig",
    "SampleCounts",
    "SequenceAutoencoder",
    "SequenceDecoder",
    "SequenceEncoder",
    "TrainedModel",
    "alternatives",
    "continue_tokens",
    "decode_samples",
    "decode_tokens",
    "default_model_folder",
    "load_model",
    "make_network",
    "most_frequent",
    "network_from_dict",
    "network_kind",
    "network_to_dict",
    "save_model",
]
