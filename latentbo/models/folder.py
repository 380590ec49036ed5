"""The folder of a trained network of any kind: writing and reading.

`config.json` holds the format, which names the kind, `model.safetensors` the weights; a kind can
add files, such as `vocabulary.json` for strings. Reading executes and unpickles nothing.
"""

from importlib import resources
from pathlib import Path
from typing import TypeVar, overload

import torch

from latentbo.errors import CheckpointError
from latentbo.isolation import library_settings
from latentbo.models.files import fitting, read_json, read_weights, write_json, write_weights
from latentbo.models.trained import TrainedModel
from latentbo.models.trained_network import TrainedNetwork

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
Kind = TypeVar("Kind", bound=TrainedNetwork)


def default_model_folder(task: str) -> Path:
    """Return the folder of a task's shipped model."""
    return Path(str(resources.files("latentbo"))) / "pretrained" / task


def save_model(model: TrainedNetwork, directory: Path, dtype: torch.dtype | None = None) -> None:
    """Write the folder of a trained network.

    Args:
        model: Of any kind.
        directory: The folder; made if it does not exist.
        dtype: Type of the stored weights; None: float16, half the size, for models of strings, and
            float32 for the others.

    Raises:
        OSError: If the folder cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    write_weights(directory / WEIGHTS_FILE, model.network, dtype or model.dtype)
    for name, content in model.further_files().items():
        write_json(directory / name, content)
    write_json(directory / CONFIG_FILE, {"format": model.format, **model.to_config()})


@overload
def load_model(directory: Path, device: torch.device | str = "cpu") -> TrainedModel: ...


@overload
def load_model(
    directory: Path, device: torch.device | str = "cpu", *, kind: type[Kind]
) -> Kind: ...


@library_settings()
def load_model(
    directory: Path,
    device: torch.device | str = "cpu",
    *,
    kind: type[TrainedNetwork] = TrainedModel,
) -> TrainedNetwork:
    """Read the folder of a trained network.

    Args:
        directory: The folder.
        device: Device of the weights.
        kind: Class of the model, by default that of strings.

    Raises:
        CheckpointError: If a file is missing, unreadable, of another kind, or does not fit the
            others.
    """
    if not directory.is_dir():
        raise CheckpointError(
            f"{directory} is no model folder: give a folder that {kind.writer} wrote"
        )
    config = read_json(directory / CONFIG_FILE)
    if not isinstance(config, dict) or config.get("format") not in kind.formats:
        formats = " or ".join(map(str, kind.formats))
        raise CheckpointError(
            f"{directory / CONFIG_FILE} does not describe {kind.noun} of format {formats}: give a "
            f"folder that {kind.writer} wrote, or use the version of latentbo that wrote this one"
        )
    with fitting(directory):
        model = kind.from_config(config, directory)
        model.network.load_state_dict(read_weights(directory / WEIGHTS_FILE))
    model.network.to(device)
    return model
