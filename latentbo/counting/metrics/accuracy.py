"""Agreement of predicted counts with requested or true ones."""

from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import InputError


@dataclass(frozen=True)
class CountAccuracy:
    """Agreement of two sets of counts.

    Args:
        exact: Share of the images with all counts equal.
        per_class: Share of the images with equal counts, per class.
        mean_error: Mean absolute difference over images and classes.
        class_errors: Mean absolute difference over images, per class.
        number: Number of images.
    """

    exact: float
    per_class: tuple[float, ...]
    mean_error: float
    class_errors: tuple[float, ...]
    number: int

    @property
    def mean_per_class(self) -> float:
        """Mean of the classes' accuracies: the thesis's "average count accuracy"."""
        return sum(self.per_class) / len(self.per_class)


def count_accuracy(told: Tensor, counts: Tensor) -> CountAccuracy:
    """Compare predicted counts with the true or requested ones.

    Args:
        told: An `n x k`-dim tensor of whole numbers.
        counts: The true or requested counts, `n x k`.

    Raises:
        InputError: If the shapes differ, or there is no image.
    """
    if told.shape != counts.shape or told.ndim != 2 or not told.numel():
        raise InputError(
            f"told counts have shape {tuple(told.shape)} and true ones {tuple(counts.shape)}; give "
            f"n x k of both, with at least one image and class"
        )
    differences = (told.double() - counts.double()).abs()
    same = (differences == 0).double()
    return CountAccuracy(
        float(same.prod(1).mean()),
        tuple(same.mean(0).tolist()),
        float(differences.mean()),
        tuple(differences.mean(0).tolist()),
        len(told),
    )


def constant_accuracy(counts: Tensor) -> CountAccuracy:
    """Return the accuracy of the best constant prediction: a baseline for counting.

    The exact share is that of the most frequent vector, a class's share that of its most frequent
    count, and the errors are those of the classes' medians: each is the optimum over constants, and
    no constant need reach all.

    Args:
        counts: The true counts, `n x k`.

    Raises:
        InputError: If there is no image.
    """
    if counts.ndim != 2 or not counts.numel():
        raise InputError(
            f"counts have shape {tuple(counts.shape)}; give n x k, with at least one image"
        )
    n = len(counts)
    exact = int(torch.unique(counts, dim=0, return_counts=True)[1].max()) / n
    shares = [int(torch.unique(each, return_counts=True)[1].max()) / n for each in counts.T]
    medians = counts.median(0).values
    errors = (counts - medians).abs().double()
    return CountAccuracy(
        exact, tuple(shares), float(errors.mean()), tuple(errors.mean(0).tolist()), n
    )


def count_table(told: Tensor, counts: Tensor) -> Tensor:
    """Return the confusion table of requested and predicted counts (figure 3.7).

    Args:
        told: An `n x k`-dim tensor of whole numbers of at least 0.
        counts: The requested counts, `n x k`.

    Returns:
        A `k x (m + 1) x (m + 1)`-dim int64 tensor, m the largest number: class, requested count,
        predicted count.
    """
    if not counts.numel():
        return torch.zeros(counts.shape[-1], 1, 1, dtype=torch.int64)
    size = int(max(told.max(), counts.max())) + 1
    places = (counts.long() * size + told.long()).T
    return torch.stack([torch.bincount(each, minlength=size**2) for each in places]).unflatten(
        1, (size, size)
    )
