"""Values of many strings at once: what a protocol is given for free, and the worse part of it."""

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from latentbo import __version__
from latentbo.errors import ConfigurationError
from latentbo.objectives.base import Objective
from latentbo.objectives.builtin import OBJECTIVES
from latentbo.objectives.evaluation import evaluate

_INTERVAL = 1000  # strings between two reports of progress


def score_all(
    objective: Objective,
    strings: Sequence[str],
    cache: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Tensor:
    """Score strings with an objective.

    Args:
        objective: The objective.
        strings: n strings.
        cache: A folder to keep the values in, under a hash of the objective's name, this version of
            latentbo and the strings. A user's own function is never cached: it may have changed.
        progress: Called with the number of strings scored so far, now and then and at the end.

    Returns:
        `n` doubles; NaN where the objective fails.
    """
    path = None
    if cache is not None and OBJECTIVES.get(objective.name) == objective:
        path = cache / f"values-{_fingerprint(objective.name, strings)}.safetensors"
    values = _read(path, len(strings))
    if values is None:
        values = _score(objective, strings, progress)
        if path is not None:
            _write(path, values)
    if progress is not None:
        progress(len(strings))
    return values


def worst_part(values: Tensor, fraction: float) -> Tensor:
    """Return the row numbers, ascending, of the worst part of the values.

    Args:
        values: `n` values, larger is better; NaN is worst.
        fraction: The part, in [0, 1]; `round(fraction * n)` rows. Of equal values the first rows
            count as better.

    Raises:
        ConfigurationError: If the fraction is out of its range.
    """
    if not 0 <= fraction <= 1:
        raise ConfigurationError(f"the fraction of data to keep is {fraction}; give one in [0, 1]")
    comparable = values.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
    order = comparable.argsort(descending=True, stable=True)
    return order[len(values) - round(fraction * len(values)) :].sort().values


def _score(
    objective: Objective, strings: Sequence[str], progress: Callable[[int], None] | None
) -> Tensor:
    values = torch.full((len(strings),), torch.nan, dtype=torch.float64)
    for row, string in enumerate(strings):
        value = evaluate(objective, string).value
        if value is not None:
            values[row] = value
        if progress is not None and row % _INTERVAL == 0:
            progress(row)
    return values


def _fingerprint(name: str, strings: Sequence[str]) -> str:
    digest = hashlib.sha256(f"{__version__}\n{name}\n".encode())
    for string in strings:
        digest.update(string.encode() + b"\n")
    return digest.hexdigest()[:32]


def _read(path: Path | None, number: int) -> Tensor | None:
    """Return cached values; None where there are none, or a damaged file."""
    if path is None or not path.is_file():
        return None
    try:
        values = load_file(path)["values"]
    except (OSError, SafetensorError, KeyError):
        return None
    return values if values.shape == (number,) and values.dtype == torch.float64 else None


def _write(path: Path, values: Tensor) -> None:
    """Keep values; a cache that cannot be written is none, not an error."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"values": values}, partial)
        os.replace(partial, path)
    except (OSError, SafetensorError):
        with suppress(OSError):
            partial.unlink(missing_ok=True)
