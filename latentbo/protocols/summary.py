"""Results of a run of a protocol: the numbers of the thesis' tables, from its ledger."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from latentbo.errors import CheckpointError
from latentbo.ledger import Evaluation, Status, StepRecord
from latentbo.protocols.points import Source, points_of, values_of


@dataclass(frozen=True)
class ProtocolSummary:
    """Results of one run; values are maximised.

    Args:
        best: Strings and values of the best three distinct strings, best first.
        num_points: Points of all iterations so far.
        num_calls: Number of oracle calls.
        num_known: Points whose string already had a value, from the ledger or the labelled data.
        num_invalid: Points without a valid decode.
        num_failed: Points whose oracle call failed.
        fraction_valid: Share of points with a valid decode; NaN without points.
        average: Mean of the points' values, without missing ones; NaN if there are none.
        best_in_training: Best value in the GP's training data, to compare `best` with.
        best_in_data: Best value of all labelled strings, including the GP's test rows.
        log_likelihood: Mean log predictive density on the test rows, before any optimization.
        rmse: Root mean square error there.
    """

    best: tuple[tuple[str, float], ...]
    num_points: int
    num_calls: int
    num_known: int
    num_invalid: int
    num_failed: int
    fraction_valid: float
    average: float
    best_in_training: float
    best_in_data: float
    log_likelihood: float
    rmse: float


@dataclass(frozen=True)
class MeanError:
    """Mean of several runs, with both spreads (thesis: the standard deviation over sqrt(5)).

    Args:
        mean: Mean.
        deviation: Sample standard deviation; NaN for one run.
        error: Standard error of the mean, `deviation / sqrt(number)`.
        number: Number of runs.
    """

    mean: float
    deviation: float
    error: float
    number: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.error:.3f} (n = {self.number})"


def mean_and_error(values: Sequence[float]) -> MeanError:
    """Return mean, standard deviation and standard error.

    Raises:
        ValueError: If there are no values.
    """
    if not values:
        raise ValueError("there is no mean of no values")
    number = len(values)
    deviation = statistics.stdev(values) if number > 1 else math.nan
    return MeanError(statistics.fmean(values), deviation, deviation / math.sqrt(number), number)


def summarize(steps: Sequence[StepRecord], evaluations: Sequence[Evaluation]) -> ProtocolSummary:
    """Summarise a run, finished or not, from the steps and evaluations of its ledger.

    Raises:
        CheckpointError: If there is no step yet, or the run is not of this protocol.
    """
    if not steps:
        raise CheckpointError("this run has made no step yet: resume it first")
    points = [point for step in steps for point in points_of(step)]
    values = values_of(points, evaluations)
    scored = [
        (point.string, value)
        for point, value in zip(points, values, strict=True)
        if point.string is not None and value is not None
    ]
    best = sorted(dict(scored).items(), key=lambda item: (-item[1], item[0]))[:3]
    num_invalid = sum(point.source is Source.INVALID for point in points)
    known = (Source.LEDGER, Source.LABELS)
    first = steps[0].state
    try:
        gp = first["gp"]
        facts = (first["best_in_training"], first["best_in_data"], gp["log_likelihood"], gp["rmse"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(
            "the first step of this run does not hold the evaluation of its GP: it was made by "
            "another version of latentbo; start a new run"
        ) from error
    return ProtocolSummary(
        tuple(best),
        len(points),
        sum(row.status is not Status.PENDING for row in evaluations),
        sum(point.source in known for point in points),
        num_invalid,
        len(points) - num_invalid - len(scored),
        (len(points) - num_invalid) / len(points) if points else math.nan,
        statistics.fmean(value for _, value in scored) if scored else math.nan,
        *facts,
    )
