"""Measurements that were made before a run, as it starts from them."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latentbo.data.measured import read_measured
from latentbo.errors import DataError
from latentbo.ledger.averages import mean
from latentbo.tasks import LeftOut, Task

__all__ = ["Given", "read_given"]


@dataclass(frozen=True)
class Given:
    """Strings with values that cost no call.

    Args:
        pairs: Canonical strings with their values, a repeated string with every value.
        source: Name of the file.
        left_out: Its lines without a usable value.
    """

    pairs: list[tuple[str, float]]
    source: str
    left_out: list[LeftOut]

    def summary(self) -> dict[str, Any]:
        """Return what `config.json` says of them; `best` is the best mean of a string."""
        values: dict[str, list[float]] = {}
        for string, value in self.pairs:
            values.setdefault(string, []).append(value)
        reasons = Counter(reason for _, _, reason in self.left_out)
        return {
            "count": len(values),
            "measurements": len(self.pairs),
            "best": max(map(mean, values.values())),
            "source": self.source,
            "left_out": dict(sorted(reasons.items())),
        }


def read_given(task: Task, path: Path) -> Given:
    """Read a file of measurements; see `latentbo.data.measured`.

    No filter applies: what was measured says something of other strings, too.

    Raises:
        DataError: If the file cannot be read, or holds no string with a value.
    """
    pairs: list[tuple[str, float]] = []
    left_out: list[LeftOut] = []
    for line in read_measured(path, task.column):
        canonical = task.canonical(line.string)
        if canonical is None:
            left_out.append((line.number, line.string, f"no {task.noun}"))
        elif line.value is None:
            reason = "failed" if line.is_measured else "not measured"
            left_out.append((line.number, line.string, reason))
        else:
            pairs.append((canonical, line.value))
    if not pairs:
        reasons = Counter(reason for _, _, reason in left_out)
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        raise DataError(
            f"{path} holds no {task.noun} with a value ({counts or 'no line'}): fill in the "
            f"columns {task.column} and value, or give a file of {task.name} alone"
        )
    return Given(pairs, path.name, left_out)
