"""The model of a run: where it is, and whether it is still the same."""

import hashlib
from pathlib import Path
from typing import Any

from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import TrainedModel, default_model_folder, load_model

MODEL_FILES = ("config.json", "vocabulary.json", "model.safetensors")


def check_task(model: TrainedModel, task: str, folder: Path) -> None:
    """Refuse a model of another task; one that does not say its task is taken.

    Raises:
        ConfigurationError: If it says another task.
    """
    trained_for = model.provenance.get("task")
    if trained_for not in (None, task):
        raise ConfigurationError(
            f"the model in {folder} was trained on {trained_for}, not on {task}: give another one "
            f"with --model DIR"
        )


def load_checked_model(settings: dict[str, Any], device: str) -> TrainedModel:
    """Load a run's model.

    Raises:
        CheckpointError: If it is gone, or not the one that the run was started with.
    """
    folder = model_folder(settings)
    if model_hash(folder) != settings["model_sha256"]:
        raise CheckpointError(
            f"the model in {folder} is not the one this run was started with: restore it, or "
            f"start a new run"
        )
    return load_model(folder, device)


def model_hash(folder: Path) -> str:
    """Return the sha256 of what a model computes with.

    Raises:
        CheckpointError: If a file cannot be read.
    """
    digest = hashlib.sha256()
    for name in MODEL_FILES:
        try:
            digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
        except OSError as error:
            raise CheckpointError(
                f"{folder} is no model folder ({name}: {error.strerror}): give a folder written by "
                f"latentbo.train"
            ) from error
    return digest.hexdigest()


def model_folder(settings: dict[str, Any]) -> Path:
    """Return the folder of a run's model: the user's, else the one that ships with the task.

    Raises:
        CheckpointError: If the run needs a shipped model and there is none.
    """
    if settings["model"]:
        return Path(settings["model"])
    task = settings["task"]
    folder = default_model_folder(task)
    if not folder.is_dir():
        raise CheckpointError(
            f"this copy of latentbo ships no model for {task} ({folder} is missing): train one "
            f"with python -m latentbo.train {task}, and give its folder with --model DIR"
        )
    return folder
