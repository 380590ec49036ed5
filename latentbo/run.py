"""One optimization run in a folder: set it up or restore it, spend the budget."""

import hashlib
import json
import os
import platform
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from latentbo import __version__
from latentbo.chemistry import AllRules, Constraints, MoleculeFilter, MoleculeRules
from latentbo.data import read_lines, write_rejected
from latentbo.data.measured import is_measured_file
from latentbo.errors import CheckpointError, ConfigurationError, ObjectiveError
from latentbo.execution import ExecutionConfig, make_oracle
from latentbo.given import read_given
from latentbo.ledger import Evaluation, Ledger
from latentbo.models import TrainedModel, default_model_folder, load_model
from latentbo.objectives import (
    BY_HAND,
    DEFAULT_TIME_LIMIT,
    Objective,
    anchor_objective,
    measured_by_hand,
    objective_from,
)
from latentbo.optimizer import (
    FRONT,
    Ending,
    OptimizationConfig,
    Optimizer,
    Parts,
    front_settings,
    make_optimizer,
    optimize,
    with_front,
)
from latentbo.protocol_runs import LABELLED_FILE, LabelledStart, ProtocolRun
from latentbo.protocols import read_labelled
from latentbo.tasks import TASKS, Pool, Task, starting_pool

__all__ = [
    "OptimizationRun",
    "build_optimizer",
    "create_run",
    "load_checked_model",
    "objective_of",
    "open_run",
    "versions",
    "write_run",
]

CONFIG_FILE, LEDGER_FILE = "config.json", "ledger.sqlite"
LEFT_OUT_FILE = "left-out.tsv"
MODEL_FILES = ("config.json", "vocabulary.json", "model.safetensors")
NEEDED = {"objective", "objective_source", "model", "model_sha256", "budget"}
PACKAGES = ("torch", "gpytorch", "botorch", "rdkit", "selfies", "numpy")


@dataclass(frozen=True)
class OptimizationRun:
    """A run's folder and all that is needed to go on with it.

    Args:
        directory: Holds `config.json`, `ledger.sqlite` and the pool (`pool.smi`, `pool.txt`).
        settings: What `config.json` holds.
    """

    directory: Path
    settings: dict[str, Any]

    @property
    def task(self) -> Task:
        """The task of the run."""
        return TASKS[self.settings["task"]]

    @property
    def pool(self) -> list[str]:
        """The strings that it starts from."""
        return [line.string for line in read_lines(self.directory / self.task.pool_file)]

    @property
    def is_by_hand(self) -> bool:
        """Whether people measure its values; there is no function then."""
        return bool(self.settings["objective_source"] == BY_HAND)

    @property
    def labelled(self) -> list[tuple[str, float]]:
        """The measurements that it started from, repeated ones with every value.

        Raises:
            CheckpointError: If their file is missing or damaged.
        """
        path = self.directory / LABELLED_FILE
        return read_labelled(path) if "labelled" in self.settings else []

    @property
    def execution(self) -> ExecutionConfig:
        """How its calls are made; runs of earlier versions do not say so."""
        return ExecutionConfig(**self.settings.get("execution", {}))

    def execute(
        self,
        show: Callable[[list[Evaluation]], None],
        device: str,
        execution: ExecutionConfig | None = None,
    ) -> Ending:
        """Spend what is left of the budget; see `latentbo.optimizer.optimize`.

        Args:
            show: Called with all finished evaluations after each call.
            device: Where the model runs.
            execution: Takes the place of the run's own settings of its calls.
        """
        if self.is_by_hand:
            raise ObjectiveError(
                f"the values of {self.directory} are measured, there is no function to call: "
                f"record them with --observe FILE, and ask for {self.task.name} with --suggest N"
            )
        torch.set_num_threads(self.settings["threads"])
        execution = execution or self.execution
        # First, so that a wrong function is told before a model is loaded.
        source = self.settings["objective_source"]
        objective = objective_from(source, execution.time_limit or DEFAULT_TIME_LIMIT)
        optimizer = build_optimizer(self, objective, device)
        with (
            closing(make_oracle(execution, source, objective)) as oracle,
            Ledger.open(self.directory / LEDGER_FILE) as ledger,
        ):
            return optimize(optimizer, oracle, ledger, show, execution)


def build_optimizer(run: OptimizationRun, objective: Objective, device: str) -> Optimizer:
    """Return the optimizer that a run's settings describe.

    Raises:
        CheckpointError: If the model is gone, or it or the objective's front is not the one that
            the run was started with.
    """
    model = load_checked_model(run.settings, device)
    task, limits = run.task.for_model(model), molecule_filter(run.settings)
    config = OptimizationConfig(**run.settings["optimizer"])
    if protocol := run.settings.get("protocol"):
        return ProtocolRun(protocol, model, task, objective, limits).optimizer(
            run.directory, config
        )
    accept, identity = task.accept(limits), objective.identity
    parts = Parts(
        model, accept, run.pool, task.count, task.describe, identity, labelled=run.labelled
    )
    optimizer = make_optimizer(config, parts)
    return with_front(optimizer, run.settings, objective)


def create_run(directory: Path, settings: dict[str, Any], initial: Path | None) -> OptimizationRun:
    """Set up a run's folder: settings, the pool that it starts from, an empty ledger.

    Args:
        directory: A folder that does not exist, or is empty.
        settings: For `config.json`; completed here with versions, hashes and what was left out.
        initial: File of strings to start from, or of strings with values that were measured before;
            None takes the task's own pool.

    Raises:
        ConfigurationError: If the folder is in use, or an objective, model or option is wrong.
        DataError: If no string of the pool can be used.
    """
    _check_free(directory)
    source, objective = objective_of(settings)
    check_objective(objective, settings["task"])
    if front_settings(objective) and "protocol" in settings:
        raise ConfigurationError(
            f"a protocol is for one value, and {objective.name} has a Pareto front: leave "
            f"--protocol out, or take another mean"
        )
    folder = model_folder(settings)
    model = load_model(folder)
    check_task(model, settings["task"], folder)
    task = TASKS[settings["task"]].for_model(model)
    complete = {
        **settings,
        "objective_source": source,
        "model_sha256": model_hash(folder),
        "versions": versions(),
        **front_settings(objective),
    }
    if protocol := settings.get("protocol"):
        start, sha256 = ProtocolRun(
            protocol, model, task, objective, molecule_filter(settings)
        ).start()
        complete["protocol"] = {**protocol, "data_sha256": sha256}
        return write_run(directory, {**complete, "labelled": start.summary}, None, start)
    if initial is not None and is_measured_file(initial, task.name):
        return _create_from_given(directory, complete, initial, task, model)
    pool = starting_pool(task, model, molecule_filter(settings), initial)
    return write_run(directory, {**complete, "pool": pool.summary()}, pool)


def objective_of(settings: dict[str, Any]) -> tuple[str, Objective]:
    """Return a run's objective, and the text that names it from any folder.

    Raises:
        ObjectiveError: If there is no such objective.
        ConfigurationError: If a file that describes it cannot be used.
    """
    if settings["objective"] == BY_HAND:
        task = TASKS[settings["task"]]
        return BY_HAND, measured_by_hand(task.name, objective_from(task.objective).identity)
    source = anchor_objective(settings["objective"])
    return source, objective_from(source)


def _create_from_given(
    directory: Path, settings: dict[str, Any], path: Path, task: Task, model: TrainedModel
) -> OptimizationRun:
    """Set up a run that starts from measurements, and from the task's own pool beside them."""
    if FRONT in settings:
        raise ConfigurationError(
            f"{path} holds one value for each {task.noun}, and the objective has a Pareto front: "
            f"give a file of {task.name} alone, or take another mean"
        )
    given = read_given(task, path)
    pool = starting_pool(task, model, molecule_filter(settings), None)
    summary = {"labelled": given.summary(), "pool": pool.summary()}
    start = LabelledStart(summary["labelled"], given.pairs)
    pool = replace(pool, left_out=given.left_out)
    return write_run(directory, {**settings, **summary}, pool, start)


def write_run(
    directory: Path,
    settings: dict[str, Any],
    pool: Pool | None,
    start: LabelledStart | None = None,
) -> OptimizationRun:
    """Write a run's folder from its complete settings, its pool or what a protocol gives it.

    Raises:
        ConfigurationError: If the folder cannot be made.
    """
    run = OptimizationRun(directory, settings)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {directory} cannot be made ({error.strerror}): give another --out"
        ) from error
    if start is not None:
        start.write(directory)
    if pool is not None:
        text = "".join(f"{string}\n" for string in pool.strings)
        (directory / run.task.pool_file).write_text(text, encoding="utf-8")
        if pool.left_out:
            write_rejected(directory / LEFT_OUT_FILE, pool.left_out)
    Ledger.create(directory / LEDGER_FILE).close()
    # Last, and in one step: a folder with a config.json is a run that can be resumed.
    partial = directory / f"{CONFIG_FILE}.part"
    partial.write_text(json.dumps(settings, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(partial, directory / CONFIG_FILE)
    return run


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


def open_run(directory: Path) -> OptimizationRun:
    """Read the folder of an earlier run.

    Raises:
        CheckpointError: If it is none, or incomplete.
    """
    _check_present(directory, CONFIG_FILE, LEDGER_FILE)
    try:
        settings = json.loads((directory / CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{directory / CONFIG_FILE} cannot be read ({error})") from error
    try:
        OptimizationConfig(**settings["optimizer"])
        molecule_filter(settings)
        usable = settings["task"] in TASKS and settings["threads"] >= 1
        usable &= settings.keys() >= NEEDED and bool(settings.keys() & {"pool", "protocol"})
        ExecutionConfig(**settings.get("execution", {}))
    except (KeyError, TypeError, AttributeError, ConfigurationError):
        usable = False
    if not usable:
        raise CheckpointError(
            f"{directory / CONFIG_FILE} does not describe a run of this version of latentbo: "
            f"start a new run"
        )
    run = OptimizationRun(directory, settings)
    if "protocol" not in settings:
        _check_present(directory, run.task.pool_file)
    return run


def _check_present(directory: Path, *names: str) -> None:
    missing = [name for name in names if not (directory / name).is_file()]
    if missing:
        raise CheckpointError(
            f"{directory} is no folder of a run ({missing[0]} is missing): give the folder that "
            f"an earlier run printed"
        )


def molecule_filter(settings: dict[str, Any]) -> MoleculeRules | None:
    """Return the filter of a run's settings, and its constraints; None for a task without them."""
    if not TASKS[settings["task"]].has_filter:
        return None
    limits = MoleculeFilter(**settings["filter"])
    if "constraints" not in settings:
        return limits
    place = f"{CONFIG_FILE}, constraints"
    return AllRules((limits, Constraints.from_dict(settings["constraints"], place)))


def check_objective(objective: Objective, task: str) -> None:
    """Refuse a built-in objective of another task.

    Raises:
        ConfigurationError: If it is one.
    """
    if objective.task not in (None, task):
        raise ConfigurationError(
            f"the objective {objective.name!r} scores {objective.task}, not {task}: use one that "
            f"'python -m latentbo.optimize --list-objectives' shows for {task}, or a function of "
            f"your own"
        )


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


def versions() -> dict[str, str]:
    """Return the versions that a result can depend on."""
    found = {name: metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "latentbo": __version__, **found}


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
