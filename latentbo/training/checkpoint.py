"""Checkpoints of a training run: written atomically; reading unpickles tensors only."""

import os
import pickle
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from latentbo.errors import CheckpointError

# Exceptions of torch.load for files that are truncated, overwritten or of another kind.
DAMAGES = (
    OSError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    pickle.UnpicklingError,
    struct.error,
    zipfile.BadZipFile,
)


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write `state` atomically: a crash leaves either the old or the new checkpoint."""
    partial = path.with_suffix(".part")
    try:
        torch.save(state, partial)
        os.replace(partial, path)
    except (OSError, RuntimeError):
        # For a full disk torch's zip writer raises a RuntimeError.
        partial.unlink(missing_ok=True)
        raise


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint.

    Raises:
        CheckpointError: If the file is missing or damaged.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # for files that are not checkpoints
            state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path.parent} holds no checkpoint yet: start again without --resume"
        ) from error
    except DAMAGES as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path} is damaged ({reason}): start again without it") from error
    if not isinstance(state, dict) or not {"network", "optimizer", "step"} <= state.keys():
        raise CheckpointError(f"{path} is no checkpoint of a training run")
    return state
