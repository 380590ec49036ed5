from .alternative_tokens import alternatives
from .decoding import continue_tokens, decode_beams, decode_samples, decode_tokens
from .folder import default_model_folder, load_model, save_model
from .network import SequenceAutoencoder, SequenceDecoder, SequenceEncoder
from .networks import AnyAutoencoder, make_network, make_prior
from .published import PublishedAutoencoder
from .rewriting import Rewrite, rewrite_subtrees
from .sizes import (
    MAX_BEAMS,
    NETWORKS,
    AnyNetworkConfig,
    NetworkConfig,
    PriorConfig,
    PublishedConfig,
    network_from_dict,
    network_kind,
    network_to_dict,
)
from .trained import TrainedModel
from .votes import MostFrequent, SampleCounts, most_frequent

__all__ = [
    "MAX_BEAMS",
    "NETWORKS",
    "AnyAutoencoder",
    "AnyNetworkConfig",
    "MostFrequent",
    "NetworkConfig",
    "PriorConfig",
    "PublishedAutoencoder",
    "PublishedConfig",
    "Rewrite",
    "SampleCounts",
    "SequenceAutoencoder",
    "SequenceDecoder",
    "SequenceEncoder",
    "TrainedModel",
    "alternatives",
    "continue_tokens",
    "decode_beams",
    "decode_samples",
    "decode_tokens",
    "default_model_folder",
    "load_model",
    "make_network",
    "make_prior",
    "most_frequent",
    "network_from_dict",
    "network_kind",
    "network_to_dict",
    "rewrite_subtrees",
    "save_model",
]
