"""Base of all trained networks, and their form in a folder."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import nn


class TrainedNetwork(ABC):
    """A network in evaluation mode, with its provenance; see `save_model` and `load_model`.

    Args:
        network: The network.
        provenance: Facts about its training; stored in `config.json`.
    """

    #: Formats in `config.json`: each names the kind and a version; the first is the usual one.
    formats: ClassVar[tuple[int | str, ...]]
    #: For messages: its name, and the command that writes its folders.
    noun: ClassVar[str]
    writer: ClassVar[str]
    #: Type in which floating-point weights are stored.
    dtype: ClassVar[torch.dtype] = torch.float32

    network: nn.Module

    def __init__(self, network: nn.Module, provenance: dict[str, Any] | None = None) -> None:
        self.network = network.eval()
        self.provenance = provenance or {}

    @property
    def format(self) -> int | str:
        """The format of this model, one of `formats`."""
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
