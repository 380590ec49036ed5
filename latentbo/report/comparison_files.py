"""The files of a comparison."""

import csv
import os
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from latentbo.cells import cell
from latentbo.errors import ConfigurationError
from latentbo.report.comparison import Comparison
from latentbo.report.comparison_figure import comparison_png
from latentbo.report.comparison_page import render_comparison
from latentbo.report.files import replace_file


def write_comparison(comparison: Comparison, directory: Path) -> list[Path]:
    """Writes `comparison.html`, `comparison.png`, `comparison.csv` (groups) and `runs.csv`.

    Files of an earlier comparison are replaced.

    Returns:
        The paths of the four files, in this order.

    Raises:
        ConfigurationError: If the folder cannot be made.
        LatentboError: If a file cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {directory} cannot be made ({error.strerror}): give another --out"
        ) from error
    png = comparison_png(comparison)
    contents = {
        "comparison.html": render_comparison(comparison, png, directory).encode(),
        "comparison.png": png,
        "comparison.csv": _groups_csv(comparison).encode(),
        "runs.csv": _runs_csv(comparison).encode(),
    }
    return [replace_file(directory / name, content) for name, content in contents.items()]


def _groups_csv(comparison: Comparison) -> str:
    names = [column.name for column in comparison.columns]
    spreads = [f"{name}_{part}" for name in names for part in ("mean", "standard_error")]
    rows = []
    for group, found in zip(comparison.groups, comparison.spreads, strict=True):
        with_value = found["best"].number
        first = [group.label, str(len(group.members)), str(with_value), group.seeds]
        numbers = [number for name in names for number in (found[name].mean, found[name].error)]
        rows.append([*first, *map(_exact, numbers)])
    return _csv(["group", "runs", "runs_with_value", "seeds", *spreads], rows)


def _runs_csv(comparison: Comparison) -> str:
    names = [column.name for column in comparison.columns]
    rows = [
        [
            os.fspath(member.directory),
            *(group.label, member.seed, str(member.run.budget)),
            *(_exact(numbers[name]) for name in names),
        ]
        for group, member, numbers in comparison.members
    ]
    return _csv(["run", "group", "seed", "budget", *names], rows)


def _csv(header: list[str], rows: Iterable[list[str]]) -> str:
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(cell, header))
    writer.writerows([cell(text) for text in row] for row in rows)
    return stream.getvalue()


def _exact(number: float | None) -> str:
    return "" if number is None else format(number, ".10g")
