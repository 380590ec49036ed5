"""The options of the counting experiments."""

import argparse
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
from latentbo.command_line import at_least, names_of, precision_option
from latentbo.counting.models import COUNT_HEADS
from latentbo.counting.training import COUNT_ERRORS
from latentbo.counting.training.style import AUGMENTATIONS
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
    for each in (counter, compare):
        each.add_argument("--counter-epochs", type=at_least(0, float, exclusive=True))
        each.add_argument("--counter-width", type=at_least(1))
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
    parser.add_argument("--model", choices=tuple(MODELS), default="simple", help="default simple")
    positive = at_least(0, float, exclusive=True)
    both = parser.add_argument_group("both models (defaults: published ones, simple | stylegan2)")
    both.add_argument("--epochs", type=positive, help="200 | 200")
    both.add_argument("--batch-size", type=at_least(2), help="the preset's (128, 32) | 32")
    both.add_argument("--learning-rate", type=positive, help="1e-4 | 2e-3")
    both.add_argument("--schedule", choices=("constant", "cosine"), help="of the learning rate: "
        "constant | constant; cosine: falls to 2 %% of it")  # fmt: skip
    both.add_argument("--count-weight", type=at_least(0, float), help="λ: preset's (0.7, 1) | 0.8")
    both.add_argument("--count-start", type=at_least(0), help="steps before the generator loses by "
        "wrong counts; the discriminator learns to count from the first: 0 | 0")  # fmt: skip
    both.add_argument("--width", type=at_least(1), help="of the generator's first layer: 128 | "
        "channels at full size: 128")  # fmt: skip
    both.add_argument("--noise-dimensions", type=at_least(1), help="200 | 512")
    both.add_argument("--prior-components", type=at_least(1), help="Gaussians of the noise: 1 | 1")
    both.add_argument("--prior-scale", type=positive, help="distance of their means from 0: 4 | 4")
    both.add_argument("--average-decay", type=at_least(0, float), help="of the average: 0.999 | "
        "0.998")  # fmt: skip
    both.add_argument("--generated-share", type=at_least(0, float), help="of generated images in "
        "the discriminator's count loss: 0.5 | 0.5; 0: it counts real images only")  # fmt: skip
    both.add_argument("--precision", choices=("auto", "32-true", "bf16-mixed"), default="auto",
        help="auto (default): bf16-mixed on a GPU, else 32-true")  # fmt: skip
    add = parser.add_argument_group("simple only").add_argument
    add("--preset", choices=("text", "code"), help="the thesis's text (default) or published code")
    add("--count-error", choices=tuple(COUNT_ERRORS), help="form of mc2's count loss: the norm of "
        "an image's errors (text), or the mean of their squares (code)")  # fmt: skip
    add("--count-head", choices=tuple(COUNT_HEADS), help="of mc2: a linear layer (default), or a "
        "sum of detectors of one object each")  # fmt: skip
    add("--growth", type=at_least(1), help="growth of the dense blocks (default 64)")
    add("--discriminator-width", type=at_least(1), help="channels of its first layer (default 16)")
    add("--dropout", type=at_least(0, float), help="of the discriminator (default 0.45)")
    add("--first-beta", type=at_least(0, float), help="Adam's β1; default: the preset's (0.9, 0.5)")
    _style_options(parser)


def _style_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("stylegan2 only").add_argument
    positive, weight = at_least(0, float, exclusive=True), at_least(0, float)
    add("--scale", choices=tuple(STYLE_SCALES), help="published (default), or small: all settings "
        "so that 32 pixels take half an hour of a core; other options change them")  # fmt: skip
    add("--max-width", type=at_least(1), help="most channels of a map (default 512)")
    add("--style-dimensions", type=at_least(1), help="size of a style (default 512)")
    add("--mapping-layers", type=at_least(1), help="of the mapping network (default 8)")
    add("--mapping-rate", type=positive, help="factor of its learning rate (default 0.01)")
    add("--count-gain", type=positive, help="factor of the generator's counts (default 1)")
    add("--r1-weight", type=weight, help="default: 10 at 256 pixels, in proportion to their number")
    add("--path-weight", type=weight, help="of path-length regularization (default 2; 0: none)")
    add("--path-every", type=at_least(0), help="steps between two of them (default 4)")
    add("--mixing", type=weight, help="share of images of two styles (default 0.9)")
    add("--augmentations", type=names_of(AUGMENTATIONS), metavar="NAMES", help="of the "
        f"discriminator's images (default none): {', '.join(AUGMENTATIONS)}")  # fmt: skip
    add("--augment-start", type=weight, help="their probability at first (default 0)")
    add("--augment-target", type=float, help="sign statistic that is aimed at (default 0.6)")
    add("--augment-images", type=at_least(0), help="over which the probability can go from 0 to 1 "
        "(default 500000; 0: it stays)")  # fmt: skip
    add("--style-regularizer", type=weight, help="weight of GMM-KS on the styles (default 0)")
    add("--style-components", type=at_least(1), help="of its prior (default 10)")
    add("--style-scale", type=positive, help="distance of their means from 0 (default 4)")


def _measuring_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--num-images", type=at_least(2), help="images judged (default 5000)")
    parser.add_argument("--features", help="a second network for the Fréchet distance")
    parser.add_argument("--feature-weights", type=Path, help="its weights")
    parser.add_argument(
        "--weak-counter", action="store_true", help="go on with a counter below 0.95, and say so"
    )
