"""Train, save and measure a model as a command line says; this loads torch."""

import argparse
import datetime
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from latentbo.command_line import device_option
from latentbo.data import Line, cache_folder, content_hash
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import PriorConfig, TrainedModel, network_from_dict, save_model
from latentbo.objectives import objective_from
from latentbo.parsing import Grammar
from latentbo.tasks import Task, recorded_task
from latentbo.train.settings import make_settings
from latentbo.training import TrainingConfig
from latentbo.training.display import TrainingDisplay
from latentbo.training.evaluation import measure_and_write
from latentbo.training.fit import read_settings, write_settings
from latentbo.training.run import TrainingRun, prepare
from latentbo.training.selection import Selection, select

# Tells the processes that Fabric starts for further devices which folder the first one made.
FOLDER_VARIABLE = "LATENTBO_TRAINING_FOLDER"


def train(options: argparse.Namespace, given: list[str]) -> None:
    """Train, save and measure as options say.

    Args:
        options: Of the command line.
        given: The words that they were read from.

    Raises:
        LatentboError: If an option, a file or a folder cannot be used.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    if _is_helper():
        directory = Path(os.environ[FOLDER_VARIABLE])
        _run(directory, read_settings(directory), quiet=True)
    elif options.resume is not None:
        settings = read_settings(options.resume)
        device_option(str(settings.get("device")))
        _run(options.resume, settings, options.quiet)
    else:
        settings = make_settings(options, given, _device(options))
        _run(_new_folder(options), settings, options.quiet)


def _is_helper() -> bool:
    """Whether this process serves a further device of a run that another process started."""
    return FOLDER_VARIABLE in os.environ and os.environ.get("LOCAL_RANK", "0") != "0"


def _device(options: argparse.Namespace) -> str:
    """Return the device, checked with the number of devices."""
    device, number = device_option(options.device), options.num_devices
    if number > 1 and ":" in device:
        raise ConfigurationError(f"--device {device} is one device: use cuda with --num-devices")
    if device == "cuda" and number > torch.cuda.device_count():
        raise ConfigurationError(
            f"--num-devices {number}: this machine has {torch.cuda.device_count()} GPUs"
        )
    return device


def _new_folder(options: argparse.Namespace) -> Path:
    """Return the run's folder; it is made only when all that is asked for is known to be there."""
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    directory: Path = options.out or Path("runs") / f"train-{options.task}-{stamp}"
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise ConfigurationError(
            f"{directory} exists: give another --out, or --resume {directory} to go on there"
        )
    return directory


def _run(directory: Path, settings: dict[str, Any], quiet: bool) -> None:
    """Train, save and measure; `directory` need not exist yet."""
    task = recorded_task(settings)  # first, for the plug-ins that it loads
    run = restore_run(directory, settings)
    path, lines, data_hash = _read_data(directory, settings, task)
    num_lines = len(lines)
    _say(f"reading {path} ({len(lines)} lines) …")
    selection = _select(lines, settings, task)
    lines = selection.lines
    model = run.start(lines)
    model.num_beams = settings.get("num_beams", model.num_beams)
    data = prepare(model.representation, lines, run.config, directory)
    listed = f" (see {directory / 'rejected.tsv'})" if data.num_rejected else ""
    _say(
        f"{len(data.strings)} strings, {data.num_rejected} skipped{listed}; "
        f"{len(model.representation.vocabulary)} tokens; device {run.device}"
    )
    if not _is_helper():
        write_settings(directory, {**settings, "data_sha256": data_hash})
        if run.num_devices > 1:
            os.environ[FOLDER_VARIABLE] = str(directory.resolve())
    provenance = {
        "task": settings["task"],
        "command": settings["command"],
        "method": settings.get("method"),
        "data": {
            **{"file": path.name, "sha256": data_hash, "lines": num_lines},
            **selection.record,
        },
        "machine": _machine(run.device, run.num_devices),
        "version": settings["version"],
    }
    with TrainingDisplay(quiet) as display:
        run.train(model, data, display.show, provenance)
    if not _is_helper():
        save_model(model, directory)
        measure_and_write(directory, model, data, _canonical(task, model))
    _say(f"model, metrics and figures: {directory}")


def restore_run(directory: Path, settings: dict[str, Any]) -> TrainingRun:
    """Return the run that settings describe.

    Raises:
        CheckpointError: If a setting is missing or unknown.
        ConfigurationError: If a value cannot be used.
    """
    try:
        missing = {"task", "command", "version", "data"} - settings.keys()
        if missing:
            raise KeyError(", ".join(sorted(missing)))
        return TrainingRun(
            directory,
            TrainingConfig(**settings["training"]),
            network_from_dict(settings["network"]),
            PriorConfig(**settings["prior"]),
            settings["device"],
            settings["num_devices"],
            None if settings["warm_start"] is None else Path(settings["warm_start"]),
            None if (text := settings.get("grammar")) is None else Grammar.from_text(text),
        )
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            f"the settings in {directory} are incomplete ({error}): start anew with another --out"
        ) from error


def _say(text: str) -> None:
    """Print a line, on the first process only."""
    if not _is_helper():
        print(text, flush=True)


def _read_data(
    directory: Path, settings: dict[str, Any], task: Task
) -> tuple[Path, list[Line], str]:
    """Return the data file, its lines and their hash, which must be that of the first start."""
    given = None if settings["data"] is None else Path(settings["data"])
    path, lines = task.data(given, settings.get("smiles_column"))
    data_hash = content_hash(lines)
    if settings.get("data_sha256", data_hash) != data_hash:
        raise CheckpointError(
            f"{path} has changed since the run in {directory} was started: restore the file, or "
            f"start anew with another --out"
        )
    return path, lines, data_hash


def _select(lines: list[Line], settings: dict[str, Any], task: Task) -> Selection:
    """Return the lines that the run may see."""
    drop_best = settings.get("drop_best", 0.0)
    if drop_best and task.objective is None:
        raise ConfigurationError(
            f"--drop-best needs a default objective, and {task.name} have none: leave it out"
        )
    selection = select(
        lines,
        objective_from(task.objective) if drop_best and task.objective else None,
        drop_best=drop_best,
        limit=settings.get("limit"),
        seed=settings["training"]["split_seed"],
        cache=cache_folder(),
    )
    if "threshold" in selection.record:
        _say(
            "without the best {drop_best:g}: {objective} up to {threshold:.4f}".format(
                **selection.record
            )
        )
    return selection


def _canonical(task: Task, model: TrainedModel) -> Callable[[str], str | None] | None:
    """Return the canonical form to measure with; None: the measurement's own, of molecules."""
    return None if task.is_molecular else task.for_model(model).canonical


def _machine(device: str, num_devices: int) -> str:
    if device.startswith("cuda"):
        return f"{num_devices} x {torch.cuda.get_device_name()}"
    threads = torch.get_num_threads()
    return f"{threads} CPU thread{'s' * (threads > 1)}, {platform.machine()}"
