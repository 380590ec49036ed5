"""Selection of the candidate strings that get an oracle call, by a surrogate on strings.

References:
    Tripp, Simm and Hernández-Lobato, "A Fresh Look at De Novo Molecular Design Benchmarks", 2021
    (GP-BO: upper confidence bounds with random weights).
"""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor


class StringSurrogate(Protocol):
    """The interface of a surrogate on strings, such as `TanimotoSurrogate`."""

    def predict(self, strings: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of n strings, `n` each."""
        ...

    def sample(self, strings: Sequence[str], num_samples: int, seed: int) -> Tensor:
        """Return joint posterior samples, `num_samples x n`."""
        ...


def upper_confidence(mean: Tensor, deviation: Tensor, beta: float) -> Tensor:
    """Return `mean + beta * deviation`, tensors of one shape; beta is at least 0."""
    return mean + beta * deviation


def select_thompson_strings(
    surrogate: StringSurrogate,
    strings: Sequence[str],
    q: int,
    seed: int,
    num_sampled: int = 400,
) -> list[int]:
    """Choose distinct strings that maximise joint posterior samples (Thompson sampling).

    The time of a sample grows with the cube of the number of strings, so only those with the
    largest `mean + deviation` are sampled.

    Args:
        surrogate: The fitted Gaussian process.
        strings: n candidates; repeated ones count once, at their first row.
        q: Number of candidates to choose.
        seed: Of the posterior samples.
        num_sampled: Number of candidates sampled, but never fewer than q.

    Returns:
        The row numbers of `min(q, distinct strings)` candidates, in the order of their choice.
    """
    rows = list({string: row for row, string in reversed(list(enumerate(strings)))}.values())
    rows.sort()
    if len(rows) <= q:
        return rows
    mean, deviation = surrogate.predict([strings[row] for row in rows])
    order = upper_confidence(mean, deviation, 1.0).argsort(descending=True, stable=True)
    rows = [rows[i] for i in order[: max(q, num_sampled)].tolist()]
    # A copy: what is changed below may be the surrogate's own, or a view.
    samples = surrogate.sample([strings[row] for row in rows], q, seed).clone()
    for number in range(1, q):
        chosen = samples[:number].argmax(1)
        samples[number:, chosen] = -torch.inf
    return [rows[i] for i in samples.argmax(1).tolist()]
