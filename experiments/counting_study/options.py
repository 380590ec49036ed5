"""The options of the counting experiments."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from counting_study.settings import (
    METHOD_NAMES,
    SMOKE,
    CounterSettings,
    GANSettings,
    MeasuringSettings,
)
from latentbo.command_line import at_least, names_of

__all__ = ["build_parser", "configure", "counts_option", "seeds_option"]


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
    train.add_argument("--method", choices=tuple(METHOD_NAMES), default="mc2")
    train.add_argument("--seed", type=at_least(0), default=0)
    counter = command("counter", "train the independent counter on real images")
    evaluate = command("evaluate", "have a trained model judged")
    evaluate.add_argument("--checkpoint", type=Path, required=True, help="--out of train")
    evaluate.add_argument("--counter", type=Path, required=True, help="--out of counter")
    compare = command("compare", "train and judge several methods and seeds (table 3.3)")
    compare.add_argument("--methods", type=names_of(METHOD_NAMES), default=("mc2", "cgan", "acgan"))
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
    sample.add_argument("--counts", type=counts_option, required=True, action="append")
    sample.add_argument("--n", type=at_least(1), default=16, help="images for each --counts")
    sample.add_argument("--seed", type=at_least(0), default=0)
    command("tables", "write the tables of a compare again")
    return parser


def configure(
    options: argparse.Namespace,
) -> tuple[GANSettings, CounterSettings, MeasuringSettings]:
    """Return the settings that the options make of the defaults, or of the smoke run's."""
    full = (GANSettings(), CounterSettings(), MeasuringSettings())
    gan, counter, measuring = SMOKE if options.smoke else full
    counters = {"counter_epochs": "epochs", "counter_width": "width"}
    return (
        replace(gan, **_given(options, {name: name for name in vars(gan)})),
        replace(counter, **_given(options, counters)),
        replace(measuring, **_given(options, {"num_images": "num_images"})),
    )


def counts_option(text: str) -> tuple[int, ...]:
    """Argparse type: counts with commas between."""
    parse = at_least(0)
    return tuple(parse(part) for part in text.split(","))


def seeds_option(text: str) -> tuple[int, ...]:
    """Argparse type: whole numbers with commas between, each once."""
    return tuple(dict.fromkeys(counts_option(text)))


def _gan_options(parser: argparse.ArgumentParser) -> None:
    add, number, positive = parser.add_argument, at_least(1), at_least(0, float, exclusive=True)
    add("--preset", choices=("text", "code"), help="the thesis's text (default) or published code")
    add("--epochs", type=positive, help="default 200, as published")
    add("--batch-size", type=at_least(2), help="default: the preset's (128, 32)")
    add("--learning-rate", type=positive, help="default 1e-4")
    add("--count-weight", type=at_least(0, float), help="default: the preset's λ (0.7, 1)")
    add("--width", type=number, help="channels of the generator's first layer (default 128)")
    add("--growth", type=number, help="growth of the dense blocks (default 64)")
    add("--discriminator-width", type=number, help="channels of its first layer (default 16)")
    add("--dropout", type=at_least(0, float), help="of the discriminator (default 0.45)")
    add("--first-beta", type=at_least(0, float), help="Adam's β1; default: the preset's (0.9, 0.5)")
    add("--noise-dimensions", type=number, help="default 200")
    add("--prior-components", type=number, help="Gaussians of the noise (default 1: N(0, I))")
    add("--prior-scale", type=positive, help="distance of their means from 0 (default 4)")
    add("--average-decay", type=at_least(0, float), help="of the averaged generator (0.999)")


def _measuring_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--num-images", type=at_least(2), help="images judged (default 5000)")
    parser.add_argument("--features", help="a second network for the Fréchet distance")
    parser.add_argument("--feature-weights", type=Path, help="its weights")
    parser.add_argument(
        "--weak-counter", action="store_true", help="go on with a counter below 0.95, and say so"
    )


def _given(options: argparse.Namespace, names: dict[str, str]) -> dict[str, Any]:
    found = {field: getattr(options, option, None) for option, field in names.items()}
    return {field: value for field, value in found.items() if value is not None}
