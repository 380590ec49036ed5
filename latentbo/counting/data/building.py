"""Build the data set of a command line."""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from rich.console import Console
from rich.progress import Progress

from latentbo.counting.data.city import CityConfig, build_city
from latentbo.counting.data.clevr.build import build_clevr
from latentbo.counting.data.clevr.config import ClevrConfig
from latentbo.counting.data.clevr.config import default_left_out as clevr_left_out
from latentbo.counting.data.clevr.scene import Appearance
from latentbo.counting.data.clevr_scenes import ClevrScenesConfig, build_clevr_scenes
from latentbo.counting.data.dataset import CountData, Report
from latentbo.counting.data.files import check_target, save_counts
from latentbo.counting.data.multi_mnist import (
    MultiMnistConfig,
    build_multi_mnist,
    default_left_out,
)
from latentbo.counting.data.sheets import contact_sheet
from latentbo.counting.data.svhn_numbers import SvhnConfig, build_svhn


def build(options: argparse.Namespace) -> None:
    """Build the data set that options describe, and write it with its contact sheets.

    Raises:
        LatentboError: If an option or a source cannot be used.
    """
    check_target(options.out)
    console = Console(quiet=options.quiet, highlight=False, markup=False, soft_wrap=True)
    data = _with_progress(console, options)
    save_counts(data, options.out)
    for split, part in data.splits.items():
        sheet = contact_sheet(part, options.out / f"{split}.png", title=data.builder)
        console.print(f"{split}: {len(part):,} images, {len(part.combinations())} combinations "
                      f"(see {sheet})")  # fmt: skip
    console.print(f"wrote {options.out}")


def _with_progress(console: Console, options: argparse.Namespace) -> CountData:
    bar = Progress(console=console)
    task = bar.add_task(options.name, total=None)

    def report(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    with bar if console.is_terminal and not options.quiet else nullcontext():
        return BUILDERS[options.name](options, report)


def _given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return the options that a configuration takes under their own names."""
    values = {name: getattr(options, name) for name in ("seed", "size", "per_combination", *names)}
    return values | {"left_out": tuple(options.left_out or ())}


def _build_mnist(options: argparse.Namespace, report: Report) -> CountData:
    if options.left_out is None:
        options.left_out = default_left_out(options.classes, options.digits)
    names = ("source", "classes", "layout", "digit_size", "num_images", "empty")
    given = _given(options, "test_per_combination", *names)
    config = MultiMnistConfig(numbers=options.digits, **given)
    return build_multi_mnist(config, report, directory=options.data, download=options.download)


def _build_clevr(options: argparse.Namespace, report: Report) -> CountData:
    many = len(options.shapes) > 2
    most = options.most or (3 if many else 6,)
    if options.left_out is None:
        options.left_out = clevr_left_out(options.shapes)
    config = ClevrConfig(
        most=most * len(options.shapes) if len(most) == 1 else most,
        most_total=(9 if many else 6) if options.most_total is None else options.most_total,
        look=Appearance(options.coloured, options.radii, options.metal, options.min_visible),
        **_given(options, "test_per_combination", "shapes", "least_total", "samples"),
    )
    return build_clevr(config, report, options.workers)


def _build_scenes(options: argparse.Namespace, report: Report) -> CountData:
    config = ClevrScenesConfig(**_given(options, "most", "by", "shapes", "fit"))
    return build_clevr_scenes(config, options.data, report)


def _build_svhn(options: argparse.Namespace, report: Report) -> CountData:
    return build_svhn(SvhnConfig(**_given(options, "most", "margin")), options.data, report)


def _build_city(options: argparse.Namespace, report: Report) -> CountData:
    given = _given(options, "most", "window", "least_area", "boxes")
    return build_city(CityConfig(options.name, **given), options.data, report)


#: Name of a data set -> what builds it.
BUILDERS: dict[str, Callable[[argparse.Namespace, Report], CountData]] = {
    "multi-mnist": _build_mnist,
    "clevr": _build_clevr,
    "clevr-scenes": _build_scenes,
    "svhn-2": _build_svhn,
    "citycount": _build_city,
    "citycar": _build_city,
}
