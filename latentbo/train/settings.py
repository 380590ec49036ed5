"""Options to the settings of a run, which `training.json` holds; nothing here loads torch."""

import argparse
import shlex
import sys
from dataclasses import asdict
from typing import Any

from latentbo import __version__
from latentbo.command_line import precision_option
from latentbo.errors import ConfigurationError
from latentbo.models import network_to_dict
from latentbo.parsing import load_grammar
from latentbo.tasks import TASKS
from latentbo.training import Recipe, recipe


def recipe_of(options: argparse.Namespace, device: str = "cpu") -> Recipe:
    """Return network and training that the options ask for.

    Raises:
        ConfigurationError: If a value cannot be used, or options contradict each other.
    """
    chosen = {**vars(options), "term_weights": dict(options.term_weights or ()) or None}
    chosen["precision"] = precision_option(options.precision, device)
    if device.startswith("cuda"):
        chosen["length_groups"] = 1
    return recipe(options.task, options.method, options.network, chosen)


def make_settings(options: argparse.Namespace, given: list[str], device: str) -> dict[str, Any]:
    """Return what `training.json` holds: all that a resumed run needs."""
    found = recipe_of(options, device)
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
        **({} if options.beams is None else {"num_beams": options.beams}),
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
