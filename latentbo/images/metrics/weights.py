"""Read weights from a file without executing code in it."""

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError

# Digits of a hash: enough to distinguish trainings.
SHOWN_DIGITS = 8


def read_weights(path: Path) -> Mapping[str, Tensor]:
    """Read a state dict, tensors only.

    Raises:
        ConfigurationError: If the file is missing or holds anything else.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no file of weights at {path}; give its path")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} cannot be read as weights; give a file of tensors saved with torch.save "
            f"({str(error).splitlines()[0]})"
        ) from None
    if not isinstance(state, Mapping) or not all(
        isinstance(each, Tensor) for each in state.values()
    ):
        raise ConfigurationError(
            f"{path} holds no state dict; give a file of tensors by name, saved with torch.save"
        )
    return state


def weights_digest(path: Path) -> str:
    """Return the first digits of the SHA-256 of a file of weights.

    Raises:
        ConfigurationError: If there is no such file.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no file of weights at {path}; give its path")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:SHOWN_DIGITS]
