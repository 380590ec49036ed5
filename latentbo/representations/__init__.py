"""Strings and token tensors: vocabularies, padding, decoder masks, decode status."""

from typing import Any

from latentbo.errors import ConfigurationError
from latentbo.representations.base import (
    Decoded,
    DecoderMask,
    DecodeStatus,
    Rejected,
    Representation,
    RepresentationError,
)
from latentbo.representations.characters import CharacterRepresentation
from latentbo.representations.grammar import GrammarRepresentation
from latentbo.representations.selfies import SelfiesRepresentation
from latentbo.representations.smiles import SmilesRepresentation
from latentbo.representations.vocabulary import BEGIN, END, PAD, Vocabulary

__all__ = [
    "BEGIN",
    "END",
    "PAD",
    "REPRESENTATIONS",
    "CharacterRepresentation",
    "DecodeStatus",
    "Decoded",
    "DecoderMask",
    "GrammarRepresentation",
    "Rejected",
    "Representation",
    "RepresentationError",
    "SelfiesRepresentation",
    "SmilesRepresentation",
    "Vocabulary",
    "from_config",
]

REPRESENTATIONS: dict[str, type[Representation]] = {
    cls.name: cls
    for cls in (
        SelfiesRepresentation,
        SmilesRepresentation,
        CharacterRepresentation,
        GrammarRepresentation,
    )
}


def from_config(config: dict[str, Any], vocabulary: Vocabulary) -> Representation:
    """Build a representation from `Representation.to_config()` and its vocabulary.

    Raises:
        ConfigurationError: If the name is not one of `REPRESENTATIONS`.
    """
    name = config.get("name")
    if name not in REPRESENTATIONS:
        raise ConfigurationError(
            f"unknown representation {name!r}: choose one of {', '.join(REPRESENTATIONS)}"
        )
    representation = REPRESENTATIONS[name].from_config(config, vocabulary)
    representation.longest = config.get("longest")
    return representation
