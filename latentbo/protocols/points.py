"""The points of a protocol: acquired code, decoded string, source of its value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from latentbo.errors import CheckpointError
from latentbo.ledger import Evaluation, StepRecord


class Source(StrEnum):
    """The source of a point's value."""

    CALL = "call"  # an oracle call of this step
    LEDGER = "ledger"  # an earlier oracle call, in this step or before
    LABELS = "labels"  # the string is among the labelled data
    INVALID = "invalid"  # no sample decodes to a valid string: no oracle call


@dataclass(frozen=True)
class Point:
    """One acquired point.

    Args:
        code: The maximum of the acquisition function.
        string: The decoded canonical string; None if invalid.
        source: The source of its value.
        value: From the labelled data; None otherwise (the ledger has it).
        encoded: The code of the string, if the protocol encodes decoded strings again.
        votes: Number of samples that decode to the string.
    """

    code: tuple[float, ...]
    string: str | None
    source: Source
    value: float | None = None
    encoded: tuple[float, ...] | None = None
    votes: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the content for a step's state, without fields that are None."""
        content = {name: value for name, value in vars(self).items() if value is not None}
        content["source"] = self.source.value
        return {k: list(v) if isinstance(v, tuple) else v for k, v in content.items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Point":
        """Build a point from the content of `to_json`.

        Raises:
            KeyError, TypeError, ValueError: If the content is not a point.
        """
        encoded = content.get("encoded")
        return cls(
            tuple(float(x) for x in content["code"]),
            content.get("string"),
            Source(content["source"]),
            content.get("value"),
            None if encoded is None else tuple(float(x) for x in encoded),
            int(content.get("votes", 0)),
        )


def points_of(step: StepRecord) -> list[Point]:
    """Return the points of a step.

    Raises:
        CheckpointError: If the step does not belong to a protocol with points.
    """
    try:
        return [Point.from_json(content) for content in step.state["points"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"step {step.batch} of this run does not hold the points of a protocol: it was made by "
            f"another kind of run, or another version of latentbo; start a new run"
        ) from error


def values_of(points: Sequence[Point], evaluations: Sequence[Evaluation]) -> list[float | None]:
    """Return the value of each point; None for invalid points and failed calls."""
    known = {row.string: row.value for row in evaluations}
    return [
        point.value if point.string is None or point.value is not None else known.get(point.string)
        for point in points
    ]
