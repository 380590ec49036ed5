"""The files of a model folder: JSON and weights; reading them executes no code."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from latentbo.errors import CheckpointError
from latentbo.priors import GaussianMixturePrior

#: Bytes of a JSON file, far above those of any that is written here.
LARGEST_JSON = 100_000_000

#: Exceptions raised by readable files that do not fit each other.
MISFITS = (KeyError, TypeError, AttributeError, RuntimeError, ValueError, OverflowError)


@contextmanager
def fitting(directory: Path) -> Iterator[None]:
    """Turn exceptions of files that do not fit each other into an error for the user.

    Raises:
        CheckpointError: In place of these exceptions.
    """
    try:
        yield
    except CheckpointError:
        raise
    except MISFITS as error:
        reason = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"the files in {directory} do not make a model ({type(error).__name__}: {reason}): "
            f"train again, or restore the folder"
        ) from error


def prior_to_json(prior: GaussianMixturePrior) -> dict[str, Any]:
    """Return a prior's parameters for JSON."""
    return {name: getattr(prior, name).tolist() for name in ("weights", "means", "covariances")}


def prior_from_json(content: dict[str, Any]) -> GaussianMixturePrior:
    """Return the prior with these parameters."""
    return GaussianMixturePrior(**{name: torch.tensor(each) for name, each in content.items()})


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
        CheckpointError: If the file is missing or damaged, or a weight is not finite.
    """
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}): restore the file, or train again"
        ) from error
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise CheckpointError(
                f"{path} holds weights that are not finite ({name}): restore the file, or train "
                f"again"
            )
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
        CheckpointError: If the file is missing, larger than `LARGEST_JSON`, or not JSON.
    """
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise ValueError(f"it is larger than {LARGEST_JSON} bytes")
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}): restore the file, or train again"
        ) from error


def _as_stored(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Convert floats; counters (of batch norms) stay integers: half precision ends at 65,504."""
    tensor = tensor.detach().cpu()
    return (tensor.to(dtype) if tensor.is_floating_point() else tensor).contiguous()
