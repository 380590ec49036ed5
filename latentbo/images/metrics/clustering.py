"""Agreement of clusters with classes: accuracy, mutual information, average precision."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.images.metrics.optional import import_optional


@dataclass(frozen=True)
class ClusterMatch:
    """The best assignment of clusters to classes.

    Attributes:
        accuracy: Share of images whose cluster is matched with their class.
        matching: Pairs (cluster, class), by cluster; each occurs once at most. The larger side
            has members without a partner.
    """

    accuracy: float
    matching: tuple[tuple[int, int], ...]


def clustering_accuracy(
    predicted: Tensor,
    labels: Tensor,
    num_clusters: int | None = None,
    num_classes: int | None = None,
) -> ClusterMatch:
    """Match clusters with classes for maximum accuracy (Hungarian matching).

    Args:
        predicted: An `n`-dim integer tensor: the cluster of each image.
        labels: An `n`-dim integer tensor: its class.
        num_clusters: Number K of clusters (default: one more than the largest seen).
        num_classes: Number C of classes (default: one more than the largest seen).

    Raises:
        InputError: If these are not two lists of numbers from 0 and of equal length.

    References:
        Yang et al., "Image clustering using local discriminant models and global integration",
        IEEE Transactions on Image Processing 2010, eq. 26.
    """
    # Imported here, because scipy.optimize is slow to import.
    optimize = import_optional("scipy.optimize", "scipy", "clustering_accuracy()")
    counts = confusion_counts(predicted, labels, num_clusters, num_classes)
    clusters, classes = optimize.linear_sum_assignment(counts.numpy(), maximize=True)
    matching = tuple(zip(clusters.tolist(), classes.tolist(), strict=True))
    right = sum(int(counts[pair]) for pair in matching)
    return ClusterMatch(right / len(labels), matching)


def confusion_counts(
    predicted: Tensor,
    labels: Tensor,
    num_clusters: int | None = None,
    num_classes: int | None = None,
) -> Tensor:
    """Count images by cluster and class: a `K x C`-dim tensor of integers.

    Args:
        predicted: An `n`-dim integer tensor: the cluster of each image.
        labels: An `n`-dim integer tensor: its class.
        num_clusters: Number K of clusters (default: one more than the largest seen).
        num_classes: Number C of classes (default: one more than the largest seen).

    Raises:
        InputError: If these are not two lists of numbers from 0 and of equal length.
    """
    if predicted.shape != labels.shape or predicted.ndim != 1 or not len(labels):
        raise InputError(
            f"clusters have shape {tuple(predicted.shape)} and labels {tuple(labels.shape)}; "
            "give one number of each for every image, and at least one image"
        )
    predicted, num_clusters = _checked(predicted, num_clusters, "cluster")
    labels, num_classes = _checked(labels, num_classes, "class")
    pairs = predicted * num_classes + labels
    return torch.bincount(pairs, minlength=num_clusters * num_classes).view(-1, num_classes)


def normalized_mutual_information(predicted: Tensor, labels: Tensor) -> float:
    """Return the mutual information of clusters and classes over the mean of their entropies.

    Args:
        predicted: An `n`-dim integer tensor: the cluster of each image.
        labels: An `n`-dim integer tensor: its class.

    Returns:
        0 (independent) to 1 (the same up to names).

    Raises:
        InputError: If these are not two lists of numbers from 0 and of equal length.
        ConfigurationError: If scikit-learn is not installed.
    """
    confusion_counts(predicted, labels)
    scores = import_optional("sklearn.metrics", "scikit-learn", "normalized_mutual_information()")
    return float(scores.normalized_mutual_info_score(labels.cpu().numpy(), predicted.cpu().numpy()))


def mean_average_precision(
    responsibilities: Tensor, labels: Tensor, matching: Sequence[tuple[int, int]]
) -> float:
    """Return the average precision of each class's matched cluster, averaged over classes.

    Images are ranked by the responsibility of the class's matched cluster. All classes among the
    labels have the same weight; a class without a cluster counts 0.

    Args:
        responsibilities: An `n x K`-dim tensor.
        labels: An `n`-dim integer tensor of classes.
        matching: Pairs (cluster, class), as from `clustering_accuracy`.

    Raises:
        InputError: If shapes or clusters do not fit.
        ConfigurationError: If scikit-learn is not installed.
    """
    if responsibilities.ndim != 2 or labels.shape != responsibilities.shape[:1] or not len(labels):
        raise InputError(
            f"responsibilities have shape {tuple(responsibilities.shape)} and labels "
            f"{tuple(labels.shape)}; give n x K and n, of at least one image"
        )
    _checked(labels, None, "class")
    clusters = {class_: cluster for cluster, class_ in matching}
    for cluster in clusters.values():
        if not 0 <= cluster < responsibilities.shape[1]:
            raise InputError(
                f"the matching names cluster {cluster} and there are responsibilities of "
                f"{responsibilities.shape[1]}; match with the same clusters"
            )
    scores = import_optional("sklearn.metrics", "scikit-learn", "mean_average_precision()")
    present = labels.unique().tolist()
    return sum(
        float(
            scores.average_precision_score(
                (labels == class_).cpu().numpy(),
                responsibilities[:, clusters[class_]].detach().cpu().numpy(),
            )
        )
        for class_ in present
        if class_ in clusters
    ) / len(present)


def _checked(numbers: Tensor, count: int | None, name: str) -> tuple[Tensor, int]:
    """Return the numbers on the CPU and the number of possible values."""
    if numbers.is_floating_point() or numbers.is_complex() or numbers.dtype == torch.bool:
        raise InputError(f"{name} numbers are of {numbers.dtype}; give integers")
    low, high = (int(each) for each in numbers.aminmax())
    count = high + 1 if count is None else count
    if low < 0 or high >= count:
        raise InputError(
            f"{name} numbers go from {low} to {high}; give numbers from 0 to {max(count - 1, 0)}"
        )
    return numbers.cpu().long(), count
