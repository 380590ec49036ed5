"""The noise floor of a term: its expectation over batches drawn from the prior itself."""

from collections.abc import Callable

import torch
from torch import Tensor

from latentbo.priors import GaussianMixturePrior


def expectation_by_sampling(
    term: Callable[[Tensor, GaussianMixturePrior], Tensor],
    prior: GaussianMixturePrior,
    n: int,
    draws: int = 100,
    generator: torch.Generator | None = None,
) -> float:
    """Mean of a term over `draws` batches of n codes of the prior: the inverse weight of eq. 4.10.

    The thesis prints `1/M L(z^(m))` and omits the sum over m, which is meant.

    Args:
        term: Maps codes (`n x d`) and the prior to a scalar.
        prior: The prior.
        n: Number of codes in a batch.
        draws: Number M of batches.
        generator: Source of random numbers.

    Raises:
        ValueError: If `draws` is below one or n below two.
    """
    check_batch_size(n)
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    with torch.no_grad():
        values = [float(term(prior.sample(n, generator), prior)) for _ in range(draws)]
    return sum(values) / draws


def check_batch_size(n: int) -> None:
    """Raises ValueError unless a batch has at least two codes."""
    if n < 2:
        raise ValueError(f"a regularizer needs batches of n >= 2 codes, got {n}")
