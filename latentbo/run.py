"""One optimization run in a folder: set it up or restore it, spend the budget, write the reports."""

import hashlib
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from latentbo.chemistry import MoleculeFilter
from latentbo.data import read_lines
from latentbo.errors import CheckpointError, ConfigurationError, DataError
from latentbo.models import TrainedModel, default_model_folder, load_model
from latentbo.objectives import load_objective
from latentbo.optimizer import Evaluation, LatentOptimizer, Ledger, OptimizationConfig, optimize
from latentbo.tasks import TASKS, Task

__all__ = ["OptimizationRun", "create_run", "open_run", "versions"]

CONFIG_FILE, LEDGER_FILE, POOL_FILE = "config.json", "ledger.sqlite", "pool.smi"
PACKAGES = ("latentbo", "torch", "gpytorch", "botorch", "rdkit", "selfies", "numpy")


@dataclass(frozen=True)
class OptimizationRun:
    """A run's folder and all that is needed to go on with it.

    Args:
        directory: Holds `config.json`, `pool.smi` and `ledger.sqlite`.
        settings: What `config.json` holds.
    """

    directory: Path
    settings: dict[str, Any]

    @property
    def task(self) -> Task:
        """The task of the run."""
        return TASKS[self.settings["task"]]

    def execute(self, show: Callable[[list[Evaluation]], None], device: str) -> bool:
        """Spend what is left of the budget; see `latentbo.optimizer.optimize`."""
        torch.set_num_threads(self.settings["threads"])
        # First, so that a wrong function is told before a model is loaded.
        objective = load_objective(self.settings["objective"])
        optimizer = LatentOptimizer(
            load_checked_model(self.settings, device),
            self.task.accept(MoleculeFilter(**self.settings["filter"])),
            [line.string for line in read_lines(self.directory / POOL_FILE)],
            OptimizationConfig(**self.settings["optimizer"]),
        )
        with Ledger.open(self.directory / LEDGER_FILE) as ledger:
            return optimize(optimizer, objective, ledger, show)


def create_run(directory: Path, settings: dict[str, Any], initial: Path | None) -> OptimizationRun:
    """Set up a run's folder: settings, the pool that it starts from, an empty ledger.

    Args:
        directory: A folder that does not exist, or is empty.
        settings: For `config.json`; completed here with versions, hashes and what was left out.
        initial: File of starting molecules; None takes the task's own pool.

    Raises:
        ConfigurationError: If the folder is in use or an objective or option is wrong.
        DataError: If no molecule of the pool can be used.
    """
    load_objective(settings["objective"])
    folder = model_folder(settings)
    model = load_model(folder)
    pool, left_out = _pool(TASKS[settings["task"]], settings, model, initial)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ConfigurationError(
            f"{directory} exists: give another --out, or go on with --resume {directory}"
        )
    directory.mkdir(parents=True, exist_ok=True)
    complete = {
        **settings,
        "model_sha256": file_hash(folder / "model.safetensors"),
        "pool": {"usable": len(pool), "left_out": left_out},
        "versions": versions(),
    }
    (directory / POOL_FILE).write_text("".join(f"{s}\n" for s in pool), encoding="utf-8")
    Ledger.create(directory / LEDGER_FILE).close()
    # Last, and in one step: a folder with a config.json is a run that can be resumed.
    partial = directory / f"{CONFIG_FILE}.part"
    partial.write_text(json.dumps(complete, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(partial, directory / CONFIG_FILE)
    return OptimizationRun(directory, complete)


def open_run(directory: Path) -> OptimizationRun:
    """Read the folder of an earlier run.

    Raises:
        CheckpointError: If it is none, or incomplete.
    """
    missing = [n for n in (CONFIG_FILE, LEDGER_FILE, POOL_FILE) if not (directory / n).is_file()]
    if missing:
        raise CheckpointError(
            f"{directory} is no folder of a run ({missing[0]} is missing): give the folder that "
            f"an earlier run printed"
        )
    try:
        settings = json.loads((directory / CONFIG_FILE).read_text(encoding="utf-8"))
        absent = {"task", "objective", "model", "filter", "optimizer", "threads"} - settings.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{directory / CONFIG_FILE} cannot be read ({error})") from error
    if absent or settings["task"] not in TASKS:
        raise CheckpointError(
            f"{directory / CONFIG_FILE} does not describe a run of this version of latentbo"
        )
    return OptimizationRun(directory, settings)


def load_checked_model(settings: dict[str, Any], device: str) -> TrainedModel:
    """Load a run's model.

    Raises:
        CheckpointError: If it is gone, or not the one that the run was started with.
    """
    folder = model_folder(settings)
    if file_hash(folder / "model.safetensors") != settings.get("model_sha256"):
        raise CheckpointError(
            f"the model in {folder} is not the one this run was started with: restore it, or "
            f"start a new run"
        )
    return load_model(folder, device)


def file_hash(path: Path) -> str:
    """Return the sha256 of a model's weights.

    Raises:
        CheckpointError: If the file cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CheckpointError(
            f"{path.parent} is no model folder ({path.name}: {error.strerror}): give a folder "
            f"written by latentbo.train"
        ) from error


def versions() -> dict[str, str]:
    """Return the versions that a result can depend on."""
    found = {name: metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


def model_folder(settings: dict[str, Any]) -> Path:
    """Return the folder of a run's model: the user's, else the one that ships with the task."""
    given = settings["model"]
    return Path(given) if given else default_model_folder(settings["task"])


def _pool(
    task: Task, settings: dict[str, Any], model: TrainedModel, initial: Path | None
) -> tuple[list[str], dict[str, int]]:
    """Return the usable starting molecules, and how many were left out for which reason."""
    strings = task.pool() if initial is None else [line.string for line in read_lines(initial)]
    passing, reasons = task.filtered(strings, MoleculeFilter(**settings["filter"]))
    usable = [string for string in passing if model.can_encode(string)]
    left_out = dict(sorted(reasons.items()))
    if len(usable) < len(passing):
        left_out["not representable by the model"] = len(passing) - len(usable)
    if not usable:
        raise DataError(
            f"none of the {len(strings)} strings in {initial or 'the default pool'} can be used "
            f"({left_out}): give other molecules with --initial, or a wider filter"
        )
    return usable, left_out
