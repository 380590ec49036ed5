"""The files of a model folder: JSON and weights, nothing that is executed when it is read."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from latentbo.errors import CheckpointError

__all__ = ["MISFITS", "misfit", "read_json", "read_weights", "write_json", "write_weights"]

#: What is raised when files that can be read do not fit each other.
MISFITS = (KeyError, TypeError, AttributeError, RuntimeError, ValueError)


def misfit(directory: Path, error: Exception) -> CheckpointError:
    """Return what a user is told of files that do not fit each other."""
    reason = " ".join(str(error).split())[:300]
    return CheckpointError(
        f"the files in {directory} do not make a model ({type(error).__name__}: {reason}): "
        f"train again, or restore the folder"
    )


def write_weights(path: Path, network: nn.Module, dtype: torch.dtype) -> None:
    """Write a network's state; floating-point tensors are stored as `dtype`.

    Raises:
        OSError: If the file cannot be written.
    """
    weights = {name: _as_stored(tensor, dtype) for name, tensor in network.state_dict().items()}
    try:
        save_file(weights, path)
    except SafetensorError as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a network's state as float32.

    Raises:
        CheckpointError: If the file is missing or damaged.
    """
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}): restore the file, or train again"
        ) from error
    return {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in weights.items()
    }


def write_json(path: Path, content: Any) -> None:
    """Write readable JSON."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        CheckpointError: If the file is missing or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}): restore the file, or train again"
        ) from error


def _as_stored(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Counters (of batch norms) stay integers: half precision ends at 65,504."""
    tensor = tensor.detach().cpu()
    return (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous()
