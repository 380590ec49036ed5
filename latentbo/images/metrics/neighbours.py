"""Improved precision and recall: the share of each set in the neighbourhoods of the other."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from latentbo.errors import InputError
from latentbo.images.metrics.checks import check_features, check_pair

# Squared distances below this share of the squared norms are rounding errors of equal rows.
_ROUNDING = 1e-13


@dataclass(frozen=True)
class PrecisionRecall:
    """Shares of generated images near real ones (precision), and of real near generated."""

    precision: float
    recall: float


def precision_recall(
    real: Tensor,
    generated: Tensor,
    num_neighbours: int = 3,
    block_size: int = 1000,
    real_radii: Tensor | None = None,
) -> PrecisionRecall:
    """Return improved precision and recall.

    The manifold of a set is the union of balls around its rows, each as large as the distance to
    the row's k-th nearest neighbour in the set. Precision is the share of generated rows inside
    the real manifold, recall the share of real rows inside the generated one. Both depend on the
    numbers of rows: compare values of equal n and m.

    Args:
        real: An `n x d`-dim tensor of features, n > k.
        generated: An `m x d`-dim tensor, m > k.
        num_neighbours: The k of the k-th nearest neighbour.
        block_size: Rows compared at once: memory grows with `block_size * max(n, m)`.
        real_radii: `neighbour_radii(real, k)`, if already computed.

    Raises:
        InputError: If the features or numbers cannot be used.

    References:
        Kynkäänniemi et al., "Improved precision and recall metric for assessing generative
        models", NeurIPS 2019, equations 1 and 2.
    """
    _check_numbers(num_neighbours, block_size)
    check_pair(real, generated, num_neighbours + 1)
    generated = generated.to(real.device)
    if real_radii is None:
        real_radii = neighbour_radii(real, num_neighbours, block_size)
    if real_radii.shape != real.shape[:1]:
        raise InputError(
            f"real_radii has shape {tuple(real_radii.shape)} and real features "
            f"{tuple(real.shape)}; give one radius for each row"
        )
    generated_radii = neighbour_radii(generated, num_neighbours, block_size)
    return PrecisionRecall(
        precision=_share_inside(generated, real, real_radii, block_size),
        recall=_share_inside(real, generated, generated_radii, block_size),
    )


def neighbour_radii(features: Tensor, num_neighbours: int = 3, block_size: int = 1000) -> Tensor:
    """Return each row's distance to its k-th nearest neighbour, itself excluded: `n`-dim.

    Args:
        features: An `n x d`-dim tensor, n > k.
        num_neighbours: The k.
        block_size: Rows compared at once.

    Raises:
        InputError: If the features or numbers cannot be used.
    """
    _check_numbers(num_neighbours, block_size)
    check_features(features, "given", num_neighbours + 1)
    radii = []
    for start, squared in _squared_distances(features, features, block_size):
        rows = torch.arange(len(squared), device=squared.device)
        squared[rows, start + rows] = torch.inf
        radii.append(squared.topk(num_neighbours, largest=False).values[:, -1].sqrt())
    return torch.cat(radii)


def _check_numbers(num_neighbours: int, block_size: int) -> None:
    if num_neighbours < 1 or block_size < 1:
        raise InputError(
            f"num_neighbours is {num_neighbours} and block_size {block_size}; "
            "give numbers of at least 1"
        )


def _share_inside(points: Tensor, centres: Tensor, radii: Tensor, block_size: int) -> float:
    """Return the share of points that lie in at least one ball."""
    # The root first, so that a distance and the radius set by it compare as equal.
    inside = sum(
        int((squared.sqrt_() <= radii).any(1).sum())
        for _, squared in _squared_distances(points, centres, block_size)
    )
    return inside / len(points)


def _squared_distances(
    first: Tensor, second: Tensor, block_size: int
) -> Iterator[tuple[int, Tensor]]:
    """Yield the squared distances of blocks of rows to all others, with each block's start.

    Centred and in double precision, because of cancellation for near rows.
    """
    centre = second.double().mean(0)
    second = second.double() - centre
    norms = second.square().sum(1)
    for start in range(0, len(first), block_size):
        rows = first[start : start + block_size].double() - centre
        sums = rows.square().sum(1)[:, None] + norms
        # |x|^2 + |y|^2 - 2 x y; the sums are kept, to distinguish rounding errors from distances.
        squared = torch.addmm(sums, rows, second.T, alpha=-2)
        yield start, squared.masked_fill_(squared <= _ROUNDING * sums, 0.0)
