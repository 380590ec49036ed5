"""Inputs that the three measurements share: the model, and the data as its training split them."""

import argparse
from collections.abc import Callable
from typing import Any

from rich.console import Console

from latentbo.command_line import device_option
from latentbo.data import Line, cache_folder, content_hash
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.evaluate.options import HELD_OUT, SPLIT_SEED
from latentbo.models import TrainedModel, default_model_folder, load_model
from latentbo.objectives import OBJECTIVES, Objective, objective_from
from latentbo.representations.cached import encode_with_cache
from latentbo.run import check_objective, check_task
from latentbo.tasks import TASKS
from latentbo.training import split_rows
from latentbo.training.run import PreparedData
from latentbo.training.selection import select


def check_out(options: argparse.Namespace) -> None:
    """Refuse an `--out` that is a file.

    Raises:
        ConfigurationError: If it is one.
    """
    if options.out is not None and options.out.exists() and not options.out.is_dir():
        raise ConfigurationError(f"{options.out} is a file: give a folder with --out")


def open_console(options: argparse.Namespace) -> Console:
    """Return a console that prints text as it is, or nothing under `--quiet`."""
    return Console(quiet=options.quiet, soft_wrap=True, highlight=False, markup=False)


def open_model(options: argparse.Namespace) -> TrainedModel:
    """Load the model on the device that was asked for.

    Raises:
        CheckpointError: If there is none in the folder, or none ships for the task.
        ConfigurationError: If it was trained for another task.
    """
    task = options.task
    folder = options.model or default_model_folder(task)
    if options.model is None and not folder.is_dir():
        raise CheckpointError(
            f"this copy of latentbo ships no model for {task} ({folder} is missing): train one "
            f"with python -m latentbo.train {task}, and give its folder with --model DIR"
        )
    model = load_model(folder, device_option(options.device))
    check_task(model, task, folder)
    return model


def open_objective(options: argparse.Namespace) -> Objective:
    """Return the objective: the one that was asked for, else the task's.

    Raises:
        ConfigurationError: If it scores strings of another task.
        ObjectiveError: If there is no such objective.
    """
    task = TASKS[options.task]
    objective = objective_from(task.objective_or(options.objective or task.studied))
    check_objective(objective, options.task)
    return objective


def prepare(
    options: argparse.Namespace, model: TrainedModel, say: Callable[[str], object]
) -> PreparedData:
    """Read, encode and split the data, as the model's training did."""
    path, lines = TASKS[options.task].data(options.data)
    say(f"reading {path} ({len(lines)} lines) …")
    trained_on = model.provenance.get("data") or {}
    settings = model.provenance.get("settings") or {}
    trained_seed = settings.get("split_seed", SPLIT_SEED)
    if trained_on and trained_on.get("sha256") != content_hash(lines):
        say("note: these are not the data the model was trained on; it may know some of them")
    else:
        lines = _seen(lines, trained_on, trained_seed, say)
    strings = [line.string for line in lines]
    tokens, positions, rejected = encode_with_cache(model.representation, strings, cache_folder())
    held_out = options.held_out or settings.get("held_out", HELD_OUT)
    seed = trained_seed if options.split_seed is None else options.split_seed
    split = split_rows(len(positions), held_out, seed)
    say(f"{len(positions)} strings, {len(rejected)} skipped; {len(split.test)} to measure with")
    return PreparedData(tokens, [strings[i] for i in positions], split, len(rejected))


def _seen(
    lines: list[Line], trained_on: dict[str, Any], seed: int, say: Callable[[str], object]
) -> list[Line]:
    """Return the lines that the training chose among: of others the split would be another.

    Raises:
        CheckpointError: If the model's record names an objective that is none.
    """
    drop_best, limit = trained_on.get("drop_best", 0.0), trained_on.get("limit")
    if not drop_best and limit is None:
        return lines
    name = trained_on.get("objective")
    if drop_best and name not in OBJECTIVES:
        raise CheckpointError(
            f"the model was trained without the best {drop_best} of the data by {name!r}, which is "
            f"no built-in objective: give the data it was trained on with --data FILE"
        )
    objective = OBJECTIVES[str(name)] if drop_best else None
    chosen = select(
        lines, objective, drop_best=drop_best, limit=limit, seed=seed, cache=cache_folder()
    )
    say(f"{len(chosen.lines)} of these lines were chosen for the model's training; only they count")
    return chosen.lines
