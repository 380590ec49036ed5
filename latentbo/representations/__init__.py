"""Strings and token tensors: vocabularies, padding, decoder masks, decode status."""

from typing import Any

from latentbo.registry import Registry
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
from latentbo.representations.sequence import SequenceRepresentation
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
    "SequenceRepresentation",
    "SmilesRepresentation",
    "Vocabulary",
    "from_config",
    "register_representation",
]

_SHIPPED: tuple[type[Representation], ...] = (
    SelfiesRepresentation,
    SmilesRepresentation,
    CharacterRepresentation,
    GrammarRepresentation,
)
REPRESENTATIONS: Registry[type[Representation]] = Registry(
    "representation", {kind.name: kind for kind in _SHIPPED}
)


def register_representation(kind: type[Representation]) -> type[Representation]:
    """Let trainings and model folders find a representation by its name.

    It can decorate the class. To be loaded, a model needs the same class under the same name.

    Args:
        kind: The class, most easily derived from `SequenceRepresentation`.

    Raises:
        ConfigurationError: If its name cannot be used.

    Example:
        >>> @register_representation
        ... class Codons(SequenceRepresentation):
        ...     name = "codons"
        ...
        ...     @classmethod
        ...     def symbols(cls, string):
        ...         return [string[i : i + 3] for i in range(0, len(string), 3)]
        ...
        ...     def join(self, symbols):
        ...         return "".join(symbols)
    """
    REPRESENTATIONS.register(kind.name, kind)
    return kind


def from_config(config: dict[str, Any], vocabulary: Vocabulary) -> Representation:
    """Build a representation from `Representation.to_config()` and its vocabulary.

    Raises:
        ConfigurationError: If the name is not one of `REPRESENTATIONS`.
    """
    name = config.get("name")
    if not isinstance(name, str) or name not in REPRESENTATIONS:
        raise REPRESENTATIONS.unknown(name)
    representation = REPRESENTATIONS[name].from_config(config, vocabulary)
    representation.longest = config.get("longest")
    return representation
