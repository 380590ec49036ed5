"""The options of an image experiment, and what they make of its study."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from study.options import chosen, seeds_option, study_parser

from images_study.settings import (
    BY_DATASET,
    DATASETS,
    INTERPOLATIONS,
    PRESETS,
    STAGES,
    Study,
)
from latentbo.command_line import at_least, device_option, names_of
from latentbo.errors import ConfigurationError
from latentbo.images.metrics import FEATURE_NETWORKS
from latentbo.images.models import IMAGE_NETWORKS
from latentbo.training import SCHEDULES


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
    add, positive = parser.add_argument, at_least(0, float, exclusive=True)
    number = at_least(1)
    names = ",".join(study.variants)
    epochs, scale = study.training.epochs, study.training.prior_scale
    own_scale = "the method's own" if scale is None else f"{scale:g}"
    network = study.training.network
    add("--dataset", type=names_of(DATASETS), metavar="NAMES", help=f"of {','.join(DATASETS)}")
    add("--methods", type=names_of(study.variants), metavar="NAMES", help=f"of {names}")
    add("--seeds", type=seeds_option, metavar="N,...", help="of the trainings (default 0,1,2)")
    add("--preset", choices=PRESETS, help="the thesis's text (default) or its published code")
    add("--epochs", type=positive, help=f"passes over the training images (default {epochs:g})")
    add("--limit", type=at_least(100), metavar="N", help="training images, validation included")
    add("--schedule", choices=SCHEDULES, help="of the learning rate (default: the preset's)")
    add("--network", choices=(*IMAGE_NETWORKS, BY_DATASET), help=f"default {network}")
    add("--width", type=number, help="of the network (default: 128, mlp 200)")
    add("--dimensions", type=number, help="of a code (default: as published)")
    add("--components", type=number, help="of prior and mixture (default: as published)")
    add("--prior-scale", type=positive, help=f"of the prior's means (default: {own_scale})")
    add("--weights", type=_weights, metavar="METHOD=VALUE,...", help="of methods' regularizers")
    add("--features", choices=tuple(FEATURE_NETWORKS), help="feature network of the distances")
    add("--feature-weights", type=_file, metavar="PATH", help="file of its weights")
    add("--feature-size", type=at_least(32), metavar="N", help="EfficientNet's images (224)")
    add("--test-limit", type=at_least(50), metavar="N", help="test images (default: all)")
    add("--num-samples", type=at_least(50), metavar="N", help="images a draw (default 10,000)")
    add("--draws", type=number, metavar="N", help="draws behind a distance (default 5)")
    add("--interpolation", choices=INTERPOLATIONS, help="default: spherical")
    add("--device", default="cpu", help="cpu, cuda, cuda:N (default: cpu)")
    add("--jobs", type=number, default=1, metavar="N", help="processes at a time (default 1)")
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
