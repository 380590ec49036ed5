"""What all trained networks have, and how each kind of them is kept in a folder."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import nn


class TrainedNetwork(ABC):
    """A network, in evaluation mode, with its provenance; `save_model` and `load_model` keep it.

    Args:
        network: The network.
        provenance: Anything worth keeping about its training; goes into `config.json`.
    """

    #: Formats in `config.json`: each names the kind and a version; the first is the usual one.
    formats: ClassVar[tuple[int | str, ...]]
    #: What it is, and what writes its folders, for messages.
    noun: ClassVar[str]
    writer: ClassVar[str]
    #: What floating-point weights are stored as.
    dtype: ClassVar[torch.dtype] = torch.float32

    network: nn.Module

    def __init__(self, network: nn.Module, provenance: dict[str, Any] | None = None) -> None:
        self.network = network.eval()
        self.provenance = provenance or {}

    @property
    def format(self) -> int | str:
        """Its own of the formats."""
        return self.formats[0]

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return next(self.network.parameters()).device

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """Return the content of `config.json`, without the format."""

    def further_files(self) -> dict[str, Any]:
        """Return the contents of further JSON files by name."""
        return {}

    @classmethod
    @abstractmethod
    def from_config(cls, config: dict[str, Any], directory: Path) -> Self:
        """Return a model with new weights.

        Args:
            config: The content of `config.json`.
            directory: The folder, for further files.

        Raises:
            KeyError, TypeError, AttributeError, RuntimeError, ValueError: If they do not fit.
            CheckpointError: If a file cannot be read.
        """
