"""Strings and values that a script holds, as the files that runs start from."""

import math
from collections.abc import Iterable, Iterator, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from latentbo.cells import cell, rows_writer
from latentbo.data.assay.columns import VALUE
from latentbo.errors import ConfigurationError
from latentbo.tasks import Task


def as_file(given: Any, task: Task, path: Path) -> Path:
    """Write strings, with their values if there are any, as a table that `read_assay` reads.

    Args:
        given: Strings; pairs of a string and its value; values by strings (a dictionary, a pandas
            Series); a DataFrame, whose columns are found as those of a file are. Values are
            numbers, bounds such as `">9"`, or None where there is none yet.
        task: Says what the strings are.
        path: Where it is written.

    Returns:
        The path.

    Raises:
        ConfigurationError: If `given` is something else; names its type.
    """
    rows = list(_rows(given, task.strings.column))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = rows_writer(file)
        writer.writerows([cell(_text(each)) for each in row] for row in rows)
    return path


def _rows(given: Any, column: str) -> Iterator[Iterable[Any]]:
    if hasattr(given, "itertuples"):  # a DataFrame, of pandas or in its manner
        yield list(given.columns)
        yield from given.itertuples(index=False, name=None)
        return
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise _unfit(given)
    if isinstance(given, Mapping) or (_is_series(given) and not _holds_strings(given)):
        pairs = list(given.items())  # type: ignore[attr-defined]
    else:
        pairs = [(each, None) if isinstance(each, str) else each for each in given]
    has_values = any(not _is_missing(value) for _, value in map(_pair, pairs))
    yield [column, VALUE] if has_values else [column]
    for pair in pairs:
        string, value = _pair(pair)
        yield [string, value] if has_values else [string]


def _is_series(given: Any) -> bool:
    return hasattr(given, "index") and hasattr(given, "items")


def _holds_strings(series: Any) -> bool:
    return any(isinstance(each, str) for each in list(series)[:1])


def _pair(given: Any) -> tuple[str, Any]:
    if isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], str):
        return given[0], given[1]
    raise _unfit(given)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, Real) and math.isnan(value))


def _text(value: Any) -> str:
    if _is_missing(value):
        return ""
    return repr(float(value)) if isinstance(value, Real) else str(value)


def _unfit(given: Any) -> ConfigurationError:
    shown = repr(given)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    return ConfigurationError(
        f"{shown} (a {type(given).__name__}) cannot be read as strings or measurements: give a "
        f"file, strings, pairs of a string and its value, values by strings, or a DataFrame"
    )
