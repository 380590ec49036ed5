"""Read weights from a file without executing code in it."""

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.training.checkpoint import DAMAGES as FILE_DAMAGES

#: Exceptions of torch and safetensors for files that are damaged or of another kind.
DAMAGES = (*FILE_DAMAGES, RecursionError, AssertionError)

# Digits of a hash: enough to distinguish trainings.
SHOWN_DIGITS = 8


def read_weights(path: Path) -> Mapping[str, Tensor]:
    """Read a state dict, tensors only.

    Raises:
        ConfigurationError: If the file is missing, damaged, or holds anything else or a weight that
            is not finite.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no file of weights at {path}; give its path")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # for files that are no weights
            state = torch.load(path, map_location="cpu", weights_only=True)
    except DAMAGES as error:
        raise ConfigurationError(
            f"{path} cannot be read as weights; give a file of tensors saved with torch.save "
            f"({(str(error).splitlines() or [type(error).__name__])[0]})"
        ) from None
    if not isinstance(state, Mapping) or not all(
        isinstance(each, Tensor) for each in state.values()
    ):
        raise ConfigurationError(
            f"{path} holds no state dict; give a file of tensors by name, saved with torch.save"
        )
    try:
        check_finite(state)
    except DAMAGES as error:
        raise ConfigurationError(f"{path} is damaged ({error}): fetch it again") from None
    return state


def check_finite(weights: Mapping[str, Tensor]) -> None:
    """Refuse weights of which one is NaN or infinite.

    Raises:
        ValueError: If one is; names its tensor.
    """
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"weights that are not finite: {name}")


def weights_digest(path: Path) -> str:
    """Return the first digits of the SHA-256 of a file of weights.

    Raises:
        ConfigurationError: If there is no such file.
    """
    if not path.is_file():
        raise ConfigurationError(f"there is no file of weights at {path}; give its path")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:SHOWN_DIGITS]
