"""The kernel distance (KID): an unbiased comparison of two sets of features."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.images.metrics.checks import check_pair


@dataclass(frozen=True)
class KernelDistance:
    """Mean and standard deviation of the squared discrepancy over random subsets.

    The standard deviation is that over subsets (divisor: their number), as is usual for KID, not
    the standard error of the mean.
    """

    mean: float
    standard_deviation: float
    num_subsets: int
    subset_size: int


def kernel_distance(
    first: Tensor,
    second: Tensor,
    generator: torch.Generator,
    num_subsets: int = 100,
    subset_size: int = 1000,
) -> KernelDistance:
    """Return the kernel distance (KID) between two sets of features.

    It is the mean of `squared_discrepancy` over pairs of random subsets, each drawn without
    replacement. Its expectation does not depend on the number of rows, and is 0 for equal
    distributions: single values may be below 0.

    Args:
        first: An `n x d`-dim tensor of features.
        second: An `m x d`-dim tensor.
        generator: Source of the subsets; on the CPU.
        num_subsets: Number of pairs of subsets.
        subset_size: Rows in each subset, at least 2 and at most n and m.

    Raises:
        InputError: If the features or numbers cannot be used.

    References:
        Bińkowski et al., "Demystifying MMD GANs", ICLR 2018, section 4.
    """
    check_pair(first, second)
    fewest = min(len(first), len(second))
    if num_subsets < 1 or not 2 <= subset_size <= fewest:
        raise InputError(
            f"kernel_distance() cannot draw {num_subsets} subsets of {subset_size} from "
            f"{len(first)} and {len(second)} rows; give num_subsets of at least 1 and a "
            f"subset_size from 2 to {fewest}"
        )
    values = torch.tensor(
        [
            squared_discrepancy(
                *(_subset(each, subset_size, generator) for each in (first, second))
            )
            for _ in range(num_subsets)
        ],
        dtype=torch.float64,
    )
    return KernelDistance(
        float(values.mean()), float(values.std(correction=0)), num_subsets, subset_size
    )


def squared_discrepancy(first: Tensor, second: Tensor) -> float:
    """Return the unbiased squared maximum mean discrepancy with the cubic polynomial kernel.

    The kernel is `k(x, y) = (x y / d + 1)^3`. A row is not compared with itself.

    Args:
        first: An `n x d`-dim tensor, n >= 2.
        second: An `m x d`-dim tensor, m >= 2.

    Raises:
        InputError: If the features cannot be used.

    References:
        Gretton et al., "A kernel two-sample test", JMLR 2012, lemma 6.
    """
    check_pair(first, second)
    first, second = first.double(), second.double().to(first.device)
    return float(_within(first) + _within(second) - 2 * _kernel(first, second).mean())


def _subset(features: Tensor, size: int, generator: torch.Generator) -> Tensor:
    rows = torch.randperm(len(features), generator=generator)[:size]
    return features[rows.to(features.device)]


def _within(features: Tensor) -> Tensor:
    kernel = _kernel(features, features)
    n = len(features)
    return (kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1))


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    return (first @ second.T / first.shape[1] + 1) ** 3
