"""Measurements that were made before a run, as it starts from them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from latentbo.data.assay import Assay, Unusable, left_out_lines
from latentbo.data.compounds import Compound
from latentbo.errors import DataError
from latentbo.ledger.averages import mean
from latentbo.tasks import Task


@dataclass(frozen=True)
class Given:
    """Compounds with values or bounds that cost no call.

    Args:
        compounds: One for each measurement, in the order of the file.
        source: Name of the file.
        left_out: Its lines without a usable value.
        num_stripped: Measurements of whose molecules salts or solvents were stripped.
    """

    compounds: list[Compound]
    source: str
    left_out: list[Unusable]
    num_stripped: int = 0

    @property
    def pairs(self) -> list[tuple[str, float]]:
        """Canonical strings with their values, a repeated string with every value."""
        return [(each.string, each.value) for each in self.compounds if each.value is not None]

    def summary(self) -> dict[str, Any]:
        """Return what `config.json` says of them; `best` is the best mean of a string.

        A bound is no value: it is never the best.
        """
        values: dict[str, list[float]] = {}
        for string, value in self.pairs:
            values.setdefault(string, []).append(value)
        censored = sum(each.bound is not None for each in self.compounds)
        return {
            "count": len(values),
            "measurements": len(self.pairs),
            "best": max(map(mean, values.values())),
            "source": self.source,
            "left_out": _counts(self.left_out),
            **({"censored": censored} if censored else {}),
            **({"stripped": self.num_stripped} if self.num_stripped else {}),
        }


def read_given(task: Task, assay: Assay) -> Given:
    """Return the measurements of a file; see `latentbo.data.assay`.

    No filter applies: what was measured says something of other strings, too.

    Raises:
        DataError: If it holds no string with a value.
    """
    left_out = {line.number: line for line in left_out_lines(assay)}
    compounds, stripped = [], 0
    for line in assay.lines:
        canonical = task.canonical(line.string)
        if canonical is None:
            reason = f"no {task.noun}"
            left_out[line.number] = Unusable(line.number, line.original, reason, line.string)
        elif line.number not in left_out:
            stripped += bool(line.stripped)
            compounds.append(
                Compound(canonical, line.value, line.bound, line.id, line.number, line.further)
            )
    ordered = [left_out[number] for number in sorted(left_out)]
    given = Given(compounds, assay.path.name, ordered, stripped)
    if not given.pairs:
        counts = ", ".join(f"{count} {reason}" for reason, count in _counts(ordered).items())
        censored = f"; {len(compounds)} are censored" if compounds else ""
        raise DataError(
            f"{assay.path} holds no {task.noun} with a value ({counts or 'no line'}{censored}): "
            f"fill in the columns {task.column} and value, or give a file of {task.name} alone"
        )
    return given


def _counts(left_out: list[Unusable]) -> dict[str, int]:
    return dict(sorted(Counter(line.reason for line in left_out).items()))
