"""The options of an image experiment, and what they make of its study."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from study.options import chosen, seeds_option, study_parser

from images_study.settings import (
    DATASETS,
    STAGES,
    MeasuringSettings,
    Study,
)
from latentbo.command_line import add_options, at_least, device_option, names_of
from latentbo.errors import ConfigurationError


def build_parser(
    description: str,
    study: Study,
    flags: Mapping[str, str] | None = None,
    further: Callable[[argparse.ArgumentParser], None] = lambda _: None,
) -> argparse.ArgumentParser:
    """Return the parser of the command line; what is not given is the study's.

    Args:
        description: For --help.
        study: Which has all variants.
        flags: Further options, which take no value: name -> help.
        further: Adds options that are fields of the study's training or measuring settings.
    """
    parser = study_parser(description)
    add, names = parser.add_argument, ",".join(study.variants)
    add("--dataset", type=names_of(DATASETS), metavar="NAMES", help=f"of {','.join(DATASETS)}")
    add("--methods", type=names_of(study.variants), metavar="NAMES", help=f"of {names}")
    add("--seeds", type=seeds_option, metavar="N,...", help="of the trainings (default 0,1,2)")
    given = {"weights": "METHOD=VALUE,..."}
    add_options(add, study.training, metavars=given, weights=_weights)
    # Subclasses of the settings have options of their own.
    measured = [each.name for each in fields(MeasuringSettings) if each.name != "num_subsets"]
    add_options(add, study.measuring, names=measured, feature_weights=_file)
    add("--device", default="cpu", help="cpu, cuda, cuda:N (default: cpu)")
    add("--jobs", type=at_least(1), default=1, metavar="N", help="processes at a time (default 1)")
    add("--only", type=names_of(STAGES), metavar="PARTS", help=f"of {','.join(STAGES)}")
    for name, told in (flags or {}).items():
        add(f"--{name}", action="store_true", help=told)
    further(parser)
    add("--job", help=argparse.SUPPRESS)  # a process of --jobs: the one thing that it does
    return parser


def _weights(text: str) -> dict[str, float]:
    weight = at_least(0, float)
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(equals for _, equals, _ in pairs):
        raise argparse.ArgumentTypeError(f"{text!r} is not METHOD=VALUE,...")
    return {name.strip(): weight(value) for name, _, value in pairs}


def _file(text: str) -> str:
    """Return an absolute path: the jobs run in another folder."""
    return str(Path(text).resolve())


def configure(study: Study, full: Study, options: argparse.Namespace) -> Study:
    """Return the study with what the command line asks for.

    Args:
        study: Chosen, such as the smallest.
        full: The one that has all variants.
        options: Of the command line.

    Raises:
        ConfigurationError: If options do not fit each other.
    """
    unknown = set(options.weights or ()) - {v.method for v in full.variants.values()}
    if unknown:
        raise ConfigurationError(f"--weights names {sorted(unknown)[0]!r}, which is no method here")
    changes: dict[str, Any] = {"device": device_option(options.device)}
    if options.methods:
        changes["variants"] = {name: full.variants[name] for name in options.methods}
    if options.dataset:
        changes["datasets"] = options.dataset
    if options.seeds:
        changes["seeds"] = options.seeds
    if options.only:
        changes["stages"] = options.only
    training, measuring = chosen(study.training, options), chosen(study.measuring, options)
    return replace(study, training=training, measuring=measuring, **changes)
