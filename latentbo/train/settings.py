"""Options to the settings of a run, which `training.json` holds, and these to the run."""

import argparse
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from latentbo import __version__
from latentbo.command_line import device_option, precision_option
from latentbo.errors import CheckpointError, ConfigurationError
from latentbo.models import PriorConfig, network_from_dict, network_to_dict
from latentbo.parsing import Grammar, load_grammar
from latentbo.tasks import TASKS
from latentbo.training import TrainingConfig
from latentbo.training.methods import recipe
from latentbo.training.run import TrainingRun


def make_settings(options: argparse.Namespace, given: list[str]) -> dict[str, Any]:
    """Return what `training.json` holds: all that a resumed run needs."""
    device = _device(options)
    gpu = device.startswith("cuda")
    chosen = {**vars(options), "term_weights": dict(options.term_weights or ()) or None}
    chosen["precision"] = precision_option(options.precision, device)
    if gpu:
        chosen["length_groups"] = 1
    found = recipe(options.task, options.method, options.network, chosen)
    return {
        "task": options.task,
        **({"plugins": options.plugin} if options.plugin else {}),
        "command": shlex.join(["python", "-m", "latentbo.train", *given]),
        "version": __version__,
        "data": None if options.data is None else str(options.data.resolve()),
        **({"smiles_column": options.smiles_column} if options.smiles_column else {}),
        "drop_best": options.drop_best or 0.0,
        "limit": options.limit,
        "method": options.method,
        "grammar": _grammar_text(options, found.training.representation),
        "warm_start": None if options.warm_start is None else str(options.warm_start.resolve()),
        "device": device,
        "num_devices": options.num_devices,
        "training": found.training.as_settings(),
        "network": network_to_dict(found.network),
        "prior": asdict(found.prior),
    }


def _grammar_text(options: argparse.Namespace, representation: str) -> str | None:
    """Return the grammar, whole: a resumed run must not depend on a file that may change."""
    if representation != "grammar":
        if options.grammar is not None:
            raise ConfigurationError(
                f"--grammar is of no use to {representation}: add --representation grammar"
            )
        return None
    if options.warm_start is not None:
        return None
    if options.grammar is not None:
        grammar = load_grammar(options.grammar)
    else:
        grammar = TASKS[options.task].load_grammar()
    for reason in grammar.dropped:
        print(f"note: the grammar has a rule that no string can use: {reason}", file=sys.stderr)
    return grammar.text


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
