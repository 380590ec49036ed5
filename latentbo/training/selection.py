"""Selection of training lines from a data file: all, without the best part, a random sample."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from latentbo.data import Line
from latentbo.errors import ConfigurationError, DataError
from latentbo.objectives import Objective, score_all, worst_part


@dataclass(frozen=True)
class Selection:
    """The selected lines, and a record of the selection for the provenance."""

    lines: list[Line]
    record: dict[str, Any]


def select(
    lines: list[Line],
    objective: Objective | None = None,
    *,
    drop_best: float = 0.0,
    limit: int | None = None,
    seed: int = 0,
    cache: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Selection:
    """Drop the best part of the data, then take a random sample of the rest.

    Args:
        lines: The lines of the file.
        objective: Ranks the strings; strings without a value count as worst. None: nothing can be
            dropped.
        drop_best: The part to drop, in [0, 1).
        limit: Size of the random sample, kept in the order of the file; None: all.
        seed: Of the sample.
        cache: Folder for the values.
        progress: Called with the number of strings scored so far.

    Returns:
        The lines, and a record with `drop_best`, `objective` and `threshold` (the best remaining
        value), or `limit`, where used.

    Raises:
        ConfigurationError: If there is no objective to drop the best part by.
        DataError: If no line would remain.
    """
    record: dict[str, Any] = {}
    if drop_best:
        if objective is None:
            raise ConfigurationError("without an objective there is no best part to leave out")
        values = score_all(objective, [line.string for line in lines], cache, progress)
        rows = worst_part(values, 1 - drop_best)
        if not len(rows):
            raise DataError(f"nothing is left of {len(lines)} lines without the best {drop_best}")
        left = values[rows].nan_to_num(nan=-torch.inf)
        lines = [lines[row] for row in rows.tolist()]
        record = {
            "drop_best": drop_best,
            "objective": objective.name,
            "threshold": float(left.max()),
        }
    if limit is not None and limit < len(lines):
        generator = torch.Generator().manual_seed(seed)
        kept = torch.randperm(len(lines), generator=generator)[:limit].sort().values
        lines = [lines[row] for row in kept.tolist()]
    if limit is not None:
        record["limit"] = limit
    return Selection(lines, record)
