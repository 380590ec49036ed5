from itertools import permutations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, tensor

from latentbo.errors import InputError
from latentbo.images.metrics import (
    clustering_accuracy,
    confusion_counts,
    confusion_figure,
    mean_average_precision,
    normalized_mutual_information,
)

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=30)
PNG = b"\x89PNG\r\n\x1a\n"


def split(pairs: list[tuple[int, int]]) -> tuple[Tensor, Tensor]:
    numbers = tensor(pairs)
    return numbers[:, 0], numbers[:, 1]


@given(pairs=PAIRS)
def test_accuracy_is_the_best_of_all_permutations(pairs: list[tuple[int, int]]) -> None:
    predicted, labels = split(pairs)
    best = max(
        float((tensor(names)[predicted] == labels).double().mean())
        for names in permutations(range(4))
    )
    match = clustering_accuracy(predicted, labels)
    assert match.accuracy == pytest.approx(best)
    found = dict(match.matching)
    assert len(set(found.values())) == len(found)
    right = sum(found.get(cluster) == label for cluster, label in pairs)
    assert right / len(pairs) == pytest.approx(best)


@given(pairs=PAIRS, names=st.permutations(range(4)))
def test_names_of_clusters_do_not_matter(pairs: list[tuple[int, int]], names: list[int]) -> None:
    predicted, labels = split(pairs)
    renamed = tensor(names)[predicted]
    assert clustering_accuracy(renamed, labels).accuracy == pytest.approx(
        clustering_accuracy(predicted, labels).accuracy
    )
    assert normalized_mutual_information(renamed, labels) == pytest.approx(
        normalized_mutual_information(predicted, labels), abs=1e-12
    )


def test_more_clusters_than_classes_and_fewer() -> None:
    # Cluster 0 and 2 both hold class 0; only the larger counts.
    clusters, classes = tensor([0, 2, 2, 2, 1, 1]), tensor([0, 0, 0, 0, 1, 1])
    more = clustering_accuracy(clusters, classes)
    assert more.accuracy == pytest.approx(5 / 6)
    assert more.matching == ((1, 1), (2, 0))
    fewer = clustering_accuracy(classes, clusters)
    assert fewer.accuracy == pytest.approx(5 / 6)
    assert fewer.matching == ((0, 2), (1, 1))


def test_counts_by_hand() -> None:
    counts = confusion_counts(tensor([0, 0, 2]), tensor([1, 1, 0]), num_clusters=4, num_classes=2)
    assert counts.tolist() == [[0, 2], [0, 0], [1, 0], [0, 0]]


def test_mutual_information_by_hand() -> None:
    # Entropies ln 2 and ln 4, mutual information ln 2: ln 2 / (1.5 ln 2).
    clusters, classes = tensor([0, 0, 1, 1]), tensor([0, 1, 2, 3])
    assert normalized_mutual_information(clusters, classes) == pytest.approx(2 / 3)
    assert normalized_mutual_information(clusters, 1 - clusters) == pytest.approx(1.0)
    independent = normalized_mutual_information(tensor([0, 0, 1, 1]), tensor([0, 1, 0, 1]))
    assert independent == pytest.approx(0.0, abs=1e-12)


def test_average_precision_by_hand() -> None:
    # Cluster 1 ranks class 0's images first and third: (1 + 2/3) / 2. Cluster 0 ranks class 1's
    # second and fourth: (1/2 + 1/2) / 2.
    cluster_1 = tensor([0.9, 0.6, 0.8, 0.2])
    cluster_0 = tensor([0.9, 0.7, 0.8, 0.1])
    labels = tensor([0, 0, 1, 1])
    responsibilities = torch.stack([cluster_0, cluster_1], 1).requires_grad_()
    value = mean_average_precision(responsibilities, labels, [(0, 1), (1, 0)])
    assert value == pytest.approx(((1 + 2 / 3) / 2 + (1 / 2 + 1 / 2) / 2) / 2)
    # A class without a cluster counts nothing; one without images is left out.
    assert mean_average_precision(responsibilities, labels, [(1, 0)]) == pytest.approx(5 / 12)
    same = mean_average_precision(responsibilities, 2 * labels, [(0, 2), (1, 0)])
    assert same == pytest.approx(value)


def test_certain_and_right_responsibilities() -> None:
    labels = torch.arange(30) % 3
    assert mean_average_precision(
        torch.eye(3)[labels], labels, [(0, 0), (1, 1), (2, 2)]
    ) == pytest.approx(1.0)


def test_numbers_that_are_no_clustering() -> None:
    for predicted, labels, message in (
        (tensor([0, 1]), tensor([0]), "clusters have shape \\(2,\\) and labels \\(1,\\)"),
        (tensor([], dtype=torch.long), tensor([], dtype=torch.long), "at least one image"),
        (tensor([0.0]), tensor([0]), "cluster numbers are of torch.float32"),
        (tensor([0]), tensor([-1]), "class numbers go from -1 to -1"),
    ):
        with pytest.raises(InputError, match=message):
            clustering_accuracy(predicted, labels)
    with pytest.raises(InputError, match=r"cluster numbers go from 0 to 5; .* from 0 to 2"):
        clustering_accuracy(tensor([0, 5]), tensor([0, 1]), num_clusters=3)


def test_responsibilities_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="responsibilities have shape \\(3, 2\\) and labels"):
        mean_average_precision(torch.ones(3, 2), tensor([0, 1]), [])
    with pytest.raises(InputError, match=r"names cluster 2 .* responsibilities of 2"):
        mean_average_precision(torch.ones(2, 2), tensor([0, 1]), [(2, 0)])


@pytest.mark.parametrize("shape", [(10, 10), (3, 2), (2, 5), (1, 1), (20, 10)])
def test_a_picture_of_any_shape(shape: tuple[int, int]) -> None:
    counts = torch.arange(shape[0] * shape[1]).view(shape) + 1
    matching = [(number, number) for number in range(min(shape))]
    assert confusion_figure(counts, matching).startswith(PNG)


def test_the_picture_depends_on_its_numbers() -> None:
    counts, matching = tensor([[5, 1], [2, 9]]), [(0, 0), (1, 1)]
    picture = confusion_figure(counts, matching)
    assert picture == confusion_figure(counts, matching)
    assert picture != confusion_figure(counts.flip(0), matching)
    assert picture != confusion_figure(counts, matching[:1])
    assert picture != confusion_figure(counts, matching, class_names=["coat", "bag"])


def test_pictures_that_cannot_be_drawn() -> None:
    counts = tensor([[1, 2], [3, 4]])
    with pytest.raises(InputError, match="got 1 class names for 2 classes"):
        confusion_figure(counts, [], class_names=["one"])
    with pytest.raises(InputError, match="names \\(cluster, class\\) \\(2, 0\\)"):
        confusion_figure(counts, [(2, 0)])
    with pytest.raises(InputError, match="counts have shape \\(2, 2\\) and sum 0"):
        confusion_figure(0 * counts, [])
