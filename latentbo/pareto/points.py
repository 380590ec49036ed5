"""The rows of a ledger as points in the space of the scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.ledger.record import Evaluation


@dataclass(frozen=True)
class Points:
    """Strings that have a value for every term.

    Args:
        rows: The first evaluation of each of `n` strings, in the order of their calls.
        raw: Raw values, an `n x m`-dim double tensor.
        scores: Scores, an `n x m`-dim double tensor.
    """

    rows: list[Evaluation]
    raw: Tensor
    scores: Tensor


def points_of(evaluations: Sequence[Evaluation], names: Sequence[str]) -> Points:
    """Return the strings with all terms, with means of repeated measurements.

    With the best of several measurements, the front would favour the luckiest strings.

    Args:
        evaluations: In the order of their calls; those without a value, or without one of the
            terms, are skipped.
        names: The `m` terms.
    """
    found: dict[str, list[Evaluation]] = {}
    for row in evaluations:
        if row.value is not None and all(name in row.terms for name in names):
            found.setdefault(row.string, []).append(row)
    raw, scores = (
        torch.tensor(
            [[_mean(rows, name, part) for name in names] for rows in found.values()],
            dtype=torch.float64,
        ).reshape(len(found), len(names))
        for part in ("raw", "score")
    )
    return Points([rows[0] for rows in found.values()], raw, scores)


def _mean(rows: Sequence[Evaluation], name: str, part: str) -> float:
    return sum(row.terms[name][part] for row in rows) / len(rows)
