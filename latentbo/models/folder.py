"""A model folder: `config.json`, `vocabulary.json`, `model.safetensors` (and a model card).

Nothing in it is executed or unpickled when it is read.
"""

from importlib import resources
from pathlib import Path

import torch

from latentbo.errors import CheckpointError
from latentbo.models.files import (
    fitting,
    read_json,
    read_weights,
    write_json,
    write_weights,
)
from latentbo.models.networks import make_network, network_from_dict
from latentbo.models.trained import PriorConfig, TrainedModel
from latentbo.representations import Vocabulary, from_config

__all__ = ["default_model_folder", "load_model", "save_model"]

#: Of `config.json`; a folder with another one is refused.
FORMAT = 1


def default_model_folder(task: str) -> Path:
    """Return the folder of the model that ships with the package for a task."""
    return Path(str(resources.files("latentbo"))) / "pretrained" / task


def save_model(model: TrainedModel, directory: Path, dtype: torch.dtype = torch.float16) -> None:
    """Write a model folder; weights are stored as `dtype` (float16 halves the size).

    Raises:
        OSError: If the folder cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    write_weights(directory / "model.safetensors", model.network, dtype)
    write_json(directory / "vocabulary.json", model.representation.vocabulary.to_json())
    write_json(directory / "config.json", {"format": FORMAT, **model.to_config()})


def load_model(directory: Path, device: torch.device | str = "cpu") -> TrainedModel:
    """Read a model folder.

    Raises:
        CheckpointError: If a file is missing, unreadable, or does not fit the others.
    """
    if not directory.is_dir():
        raise CheckpointError(
            f"{directory} is no model folder: give a folder written by latentbo.train"
        )
    config = read_json(directory / "config.json")
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise CheckpointError(
            f"{directory / 'config.json'} does not describe a model of format {FORMAT}: train "
            f"again, or use the version of latentbo that wrote it"
        )
    content = read_json(directory / "vocabulary.json")
    with fitting(directory):
        vocabulary = Vocabulary.from_json(content)
        representation = from_config(config["representation"], vocabulary)
        network_config = network_from_dict(config["network"])
        network = make_network(len(vocabulary), network_config)
        network.load_state_dict(read_weights(directory / "model.safetensors"))
        model = TrainedModel(
            network,
            representation,
            network_config,
            PriorConfig(**config["prior"]),
            config.get("provenance"),
        )
    model.network.to(device)
    return model
