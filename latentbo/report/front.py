"""The Pareto front of a run: what no other string surpasses in all terms."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import torch

from latentbo.cells import cell
from latentbo.ledger.record import Evaluation

#: With more terms a hypervolume takes minutes, and nearly everything is on the front.
MOST_MEASURED = 5


@dataclass(frozen=True)
class Member:
    """A string in the space of the terms.

    Args:
        evaluation: The first call that was spent on it.
        raw: The raw value of each term; the mean if it was measured repeatedly.
        scores: The score of each term.
        is_front: Whether no other string surpasses it.
    """

    evaluation: Evaluation
    raw: tuple[float, ...]
    scores: tuple[float, ...]
    is_front: bool


@dataclass(frozen=True)
class Front:
    """The strings of a run that have all terms, and those among them that are not surpassed.

    Args:
        names: The terms.
        references: The least score of interest of each, from which the hypervolume counts.
        points: All strings with all terms, in the order of their calls.
        volumes: The hypervolume after each of `points`; None where there are too many terms.
    """

    names: tuple[str, ...]
    references: tuple[float, ...]
    points: tuple[Member, ...]
    volumes: tuple[float, ...] | None

    @property
    def members(self) -> list[Member]:
        """The front, from the highest score of the first term to the lowest."""
        found = [point for point in self.points if point.is_front]
        return sorted(found, key=lambda each: [-score for score in each.scores])

    @property
    def volume(self) -> float | None:
        """The hypervolume at the end; None where there are too many terms."""
        if self.volumes is None:
            return None
        return self.volumes[-1] if self.volumes else 0.0

    @property
    def is_transformed(self) -> list[bool]:
        """Of each term, whether its score differs from its raw value anywhere."""
        return [
            any(point.raw[place] != point.scores[place] for point in self.points)
            for place in range(len(self.names))
        ]


def front_of(terms: Any, evaluations: Sequence[Evaluation]) -> Front | None:
    """Return the front that a run's settings ask for.

    Args:
        terms: The setting `pareto`: names to their references; None: no front is sought.
        evaluations: The run's rows with a result, in the order of their calls.
    """
    if not isinstance(terms, Mapping) or len(terms) < 2:
        return None
    # Imported here: a run without a front does not wait for botorch.
    from latentbo.pareto import hypervolume_curve, non_dominated, points_of  # noqa: PLC0415

    names, references = tuple(terms), tuple(float(each["reference"]) for each in terms.values())
    points = points_of(evaluations, names)
    rows = zip(
        points.rows,
        points.raw.tolist(),
        points.scores.tolist(),
        non_dominated(points.scores).tolist(),
        strict=True,
    )
    reference = torch.tensor(references, dtype=torch.float64)
    few = len(names) <= MOST_MEASURED
    return Front(
        names,
        references,
        tuple(Member(row, tuple(raw), tuple(scores), front) for row, raw, scores, front in rows),
        tuple(hypervolume_curve(points.scores, reference)) if few else None,
    )


def front_csv(front: Front, column: str) -> str:
    """The text of `pareto.csv`: a line for each member of the front.

    Args:
        front: The front.
        column: Name of the strings' column.
    """
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    terms = [f"{name}_{part}" for name in front.names for part in ("raw", "score")]
    writer.writerow([column, *(cell(_one_line(term)) for term in terms), "call", "origin"])
    for each in front.members:
        pairs = zip(each.raw, each.scores, strict=True)
        numbers = [format(number, ".10g") for pair in pairs for number in pair]
        row = each.evaluation
        writer.writerow([cell(row.string), *numbers, row.call, row.origin])
    return stream.getvalue()


def raw_column(name: str) -> str:
    """The column of a term's raw values in `hits.csv`."""
    return _one_line(f"{name}_raw")


def _one_line(name: str) -> str:
    """A column's name without what could end a line or a tag."""
    return re.sub(r"[<>]", "_", " ".join(name.split()))
