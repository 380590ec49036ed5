"""Encoders, decoders and autoencoders over token sequences, and their folders on disk."""

from latentbo.models.decoding import decode_tokens
from latentbo.models.folder import default_model_folder, load_model, save_model
from latentbo.models.network import (
    NetworkConfig,
    SequenceAutoencoder,
    SequenceDecoder,
    SequenceEncoder,
)
from latentbo.models.trained import PriorConfig, TrainedModel

__all__ = [
    "NetworkConfig",
    "PriorConfig",
    "SequenceAutoencoder",
    "SequenceDecoder",
    "SequenceEncoder",
    "TrainedModel",
    "decode_tokens",
    "default_model_folder",
    "load_model",
    "save_model",
]
