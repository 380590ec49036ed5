"""The options of the counting experiments."""

import argparse
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from study.options import chosen, numbers_option, seeds_option

from counting_study.settings import (
    METHOD_NAMES,
    MODELS,
    SMOKE,
    STYLE_NAMES,
    STYLE_SCALES,
    STYLE_SMOKE,
    CounterSettings,
    GANSettings,
    MeasuringSettings,
    StyleSettings,
)
from latentbo.command_line import add_options, at_least, names_of, precision_option
from latentbo.errors import ConfigurationError

#: All rows of the tables; which of them a model has, `methods_of` checks.
ROWS = tuple(dict.fromkeys([*METHOD_NAMES, *STYLE_NAMES]))


def build_parser(description: str) -> argparse.ArgumentParser:
    """Return the parser of counting_gan.py."""
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.add_argument("--out", type=Path, required=True, help="folder, or picture for sample")
        added.add_argument("--device", default="cpu", help="cpu, cuda, cuda:N (default: cpu)")
        return added

    train = command("train", "train one model")
    train.add_argument("--method", choices=ROWS, default="mc2")
    train.add_argument("--seed", type=at_least(0), default=0)
    train.add_argument(
        "--dry-run", action="store_true", help="tell sizes and estimated time; write nothing"
    )
    train.add_argument(
        "--snapshots",
        action="store_true",
        help="keep the model with each picture, as OUT/snapshots/epoch-…, for sample",
    )
    counter = command("counter", "train the independent counter on real images")
    evaluate = command("evaluate", "have a trained model judged")
    evaluate.add_argument("--checkpoint", type=Path, required=True, help="--out of train")
    evaluate.add_argument("--counter", type=Path, required=True, help="--out of counter")
    compare = command("compare", "train and judge several methods and seeds (tables 3.1 to 3.3)")
    compare.add_argument(
        "--methods",
        type=names_of(ROWS),
        help="default: mc2,cgan,acgan, of stylegan2 mc2,cstylegan2",
    )
    compare.add_argument("--seeds", type=seeds_option, default=(0, 1))
    for each in (evaluate, compare):
        _measuring_options(each)
    for each in (train, compare):
        _gan_options(each)
    for each in (train, counter, evaluate, compare):
        each.add_argument("--data", type=Path, required=True, help="a built data set with counts")
        each.add_argument("--limit", type=at_least(40), help="training images (default: all)")
        each.add_argument("--smoke", action="store_true", help="a small run that CI can afford")
        each.add_argument("--resume", action="store_true", help="go on (also done without this)")
    renamed = {"epochs": "counter_epochs", "width": "counter_width"}
    for each in (counter, compare):
        add_options(each.add_argument, CounterSettings(), names=renamed, renamed=renamed)
    sample = command("sample", "draw images with given counts")
    sample.add_argument("--checkpoint", type=Path, required=True, help="--out of train")
    sample.add_argument("--counts", type=numbers_option, required=True, action="append")
    sample.add_argument("--n", type=at_least(1), default=16, help="images for each --counts")
    sample.add_argument("--seed", type=at_least(0), default=0)
    sample.add_argument(
        "--truncation",
        type=at_least(0, float),
        default=1.0,
        help="of styles: below 1, images are more typical and more alike (default 1)",
    )
    command("tables", "write the tables of a compare again")
    return parser


def configure(
    options: argparse.Namespace,
) -> tuple[GANSettings | StyleSettings, CounterSettings, MeasuringSettings]:
    """Return the settings that the options make of the defaults, or of the smoke run's.

    Raises:
        ConfigurationError: If an option is not one of the model's.
    """
    full = (GANSettings(), CounterSettings(), MeasuringSettings())
    simple, counter, measuring = SMOKE if options.smoke else full
    is_style = getattr(options, "model", "simple") == "stylegan2"
    if not is_style and getattr(options, "scale", None) is not None:
        raise _no_option("scale", options)
    scale = getattr(options, "scale", None) or "published"
    style = STYLE_SMOKE if options.smoke else STYLE_SCALES[scale]
    gan: GANSettings | StyleSettings = style if is_style else simple
    _refuse_others(options, gan, simple if is_style else style)
    if getattr(options, "precision", None) is not None:
        options.precision = precision_option(options.precision, options.device)
    return (
        chosen(gan, options),
        chosen(counter, options, epochs="counter_epochs", width="counter_width"),
        chosen(measuring, options, num_images="num_images"),
    )


def methods_of(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the rows that are to be trained.

    Raises:
        ConfigurationError: If the model has none of this name.
    """
    known, usual = MODELS[options.model]
    methods = (options.method,) if options.command == "train" else options.methods or usual
    for name in methods:
        if name not in known:
            raise ConfigurationError(
                f"--model {options.model} has no method {name!r}; choose among {', '.join(known)}"
            )
    return tuple(methods)


def _refuse_others(options: argparse.Namespace, own: Any, other: Any) -> None:
    for field in fields(other):
        if not hasattr(own, field.name) and getattr(options, field.name, None) is not None:
            raise _no_option(field.name, options)


def _no_option(name: str, options: argparse.Namespace) -> ConfigurationError:
    return ConfigurationError(
        f"--{name.replace('_', '-')} is no option of --model {options.model}: leave it out, or "
        f"choose the other model"
    )


def _gan_options(parser: argparse.ArgumentParser) -> None:
    simple, style = GANSettings(), StyleSettings()
    names = [{field.name for field in fields(each)} for each in (simple, style)]

    def group(title: str, *settings: GANSettings | StyleSettings) -> Callable[..., Any]:
        shown = names[0] & names[1] - {"precision"} if len(settings) > 1 else names[0] ^ names[1]
        kept = [field.name for field in fields(settings[0]) if field.name in shown]
        add: Callable[..., Any] = parser.add_argument_group(title).add_argument
        add_options(add, *settings, names=kept, metavars={"augmentations": "NAMES"})
        return add

    parser.add_argument("--model", choices=tuple(MODELS), default="simple", help="default simple")
    add = group("both models (defaults: published ones, simple | stylegan2)", simple, style)
    add("--precision", choices=("auto", "32-true", "bf16-mixed"), default="auto",
        help="auto (default): bf16-mixed on a GPU, else 32-true")  # fmt: skip
    group("simple only", simple)
    add = group("stylegan2 only", style)
    add("--scale", choices=tuple(STYLE_SCALES), help="published (default), or small: all settings "
        "so that 32 pixels take half an hour of a core; other options change them")  # fmt: skip


def _measuring_options(parser: argparse.ArgumentParser) -> None:
    add_options(parser.add_argument, MeasuringSettings(), names=("num_images",))
    parser.add_argument("--features", help="a second network for the Fréchet distance")
    parser.add_argument("--feature-weights", type=Path, help="its weights")
    parser.add_argument(
        "--weak-counter", action="store_true", help="go on with a counter below 0.95, and say so"
    )
