"""One optimization run in a folder: set it up or restore it, spend the budget."""

import hashlib
import json
import os
import platform
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from latentbo import __version__
from latentbo.chemistry import MoleculeFilter
from latentbo.data import Line, read_lines, write_rejected
from latentbo.data.pool import filtered_pool
from latentbo.errors import CheckpointError, ConfigurationError, DataError
from latentbo.models import TrainedModel, default_model_folder, load_model
from latentbo.objectives import load_objective
from latentbo.optimizer import Evaluation, LatentOptimizer, Ledger, OptimizationConfig, optimize
from latentbo.tasks import TASKS, LeftOut, Task

__all__ = ["OptimizationRun", "create_run", "open_run", "versions"]

CONFIG_FILE, LEDGER_FILE, POOL_FILE = "config.json", "ledger.sqlite", "pool.smi"
LEFT_OUT_FILE = "left-out.tsv"
MODEL_FILES = ("config.json", "vocabulary.json", "model.safetensors")
NOT_ENCODABLE = "not representable by the model"
NEEDED = {"objective", "objective_source", "model", "model_sha256", "budget", "pool"}
PACKAGES = ("torch", "gpytorch", "botorch", "rdkit", "selfies", "numpy")


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
        objective = load_objective(self.settings["objective_source"])
        optimizer = LatentOptimizer(
            load_checked_model(self.settings, device),
            self.task.accept(MoleculeFilter(**self.settings["filter"])),
            [line.string for line in read_lines(self.directory / POOL_FILE)],
            OptimizationConfig(**self.settings["optimizer"]),
            self.task.count,
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
    _check_free(directory)
    source = anchored_objective(settings["objective"])
    load_objective(source)
    folder = model_folder(settings)
    pool, reasons, left_out = _pool(settings, load_model(folder), initial)
    complete = {
        **settings,
        "objective_source": source,
        "model_sha256": model_hash(folder),
        "pool": {"usable": len(pool), "left_out": dict(sorted(reasons.items()))},
        "versions": versions(),
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {directory} cannot be made ({error.strerror}): give another --out"
        ) from error
    (directory / POOL_FILE).write_text("".join(f"{s}\n" for s in pool), encoding="utf-8")
    if left_out:
        write_rejected(directory / LEFT_OUT_FILE, left_out)
    Ledger.create(directory / LEDGER_FILE).close()
    # Last, and in one step: a folder with a config.json is a run that can be resumed.
    partial = directory / f"{CONFIG_FILE}.part"
    partial.write_text(json.dumps(complete, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(partial, directory / CONFIG_FILE)
    return OptimizationRun(directory, complete)


def _check_free(directory: Path) -> None:
    try:
        free = not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))
    except OSError as error:
        raise ConfigurationError(
            f"the folder {directory} cannot be read ({error.strerror}): give another --out"
        ) from error
    if not free:
        raise ConfigurationError(
            f"{directory} exists: give another --out, or go on with --resume {directory}"
        )


def anchored_objective(spec: str) -> str:
    """Make the path of a user's file absolute: a run can be resumed from any folder."""
    place, colon, function = spec.strip().rpartition(":")
    path = Path(place).expanduser()
    return f"{path.resolve()}:{function}" if colon and path.is_file() else spec


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
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{directory / CONFIG_FILE} cannot be read ({error})") from error
    try:
        OptimizationConfig(**settings["optimizer"])
        MoleculeFilter(**settings["filter"])
        usable = settings["task"] in TASKS and settings["threads"] >= 1
        usable &= settings.keys() >= NEEDED
    except (KeyError, TypeError, AttributeError, ConfigurationError):
        usable = False
    if not usable:
        raise CheckpointError(
            f"{directory / CONFIG_FILE} does not describe a run of this version of latentbo: "
            f"start a new run"
        )
    return OptimizationRun(directory, settings)


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


def versions() -> dict[str, str]:
    """Return the versions that a result can depend on."""
    found = {name: metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "latentbo": __version__, **found}


def model_folder(settings: dict[str, Any]) -> Path:
    """Return the folder of a run's model: the user's, else the one that ships with the task."""
    given = settings["model"]
    return Path(given) if given else default_model_folder(settings["task"])


def _pool(
    settings: dict[str, Any], model: TrainedModel, initial: Path | None
) -> tuple[list[str], Counter[str], list[LeftOut]]:
    """Return the usable starting molecules, why others were left out, and a file's lines that were.

    The task's own pool is canonical, so it is only filtered.
    """
    task, molecule_filter = TASKS[settings["task"]], MoleculeFilter(**settings["filter"])
    left_out: list[LeftOut] = []
    if initial is None:
        strings, reasons = filtered_pool(task.pool(), molecule_filter)
        lines = [Line(0, string) for string in strings]
    else:
        lines, left_out = task.filtered(read_lines(initial), molecule_filter)
        reasons = Counter(reason for _, _, reason in left_out)
    usable = []
    for line in lines:
        if model.can_encode(line.string):
            usable.append(line.string)
        else:
            reasons[NOT_ENCODABLE] += 1
            if initial is not None:
                left_out.append((line.number, line.string, NOT_ENCODABLE))
    if not usable:
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        raise DataError(
            f"no molecule of {initial or 'the default pool'} can be used ({counts}): give other "
            f"molecules with --initial, or a wider filter"
        )
    return usable, reasons, sorted(left_out)
