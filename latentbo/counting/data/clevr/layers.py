"""Visibility of solids: a depth map per solid, and from them the map of solids' numbers."""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from latentbo.counting.data.clevr.camera import Camera, Floats
from latentbo.counting.data.clevr.solids import Solid, entry

#: In the map of numbers: no solid.
GROUND = -1


@dataclass(frozen=True)
class Layer:
    """The visible part of one solid alone.

    Args:
        rows: Its rows of the picture.
        columns: Its columns.
        depth: Distance from the camera there, `h x w`; infinite outside the solid.
    """

    rows: slice
    columns: slice
    depth: Floats

    @property
    def area(self) -> int:
        """Number of its points."""
        return int(np.isfinite(self.depth).sum())


def cast(solid: Solid, camera: Camera, rays: Floats) -> Layer | None:
    """Cast rays at one solid.

    Args:
        solid: The solid.
        camera: The camera.
        rays: Its rays, `3 x size x size`.

    Returns:
        Its layer, or None if the picture's border could cut it.
    """
    size = rays.shape[-1]
    column, row, radius = camera.project(solid.middle, solid.bound)
    rows, columns = (_span(middle, radius, size) for middle in (row, column))
    if rows is None or columns is None:
        return None
    depth = entry(solid, camera.origin[:, None, None], rays[:, rows, columns])
    return Layer(rows, columns, depth)


def _span(middle: float, radius: float, size: int) -> slice | None:
    first = floor((middle - radius + 1) / 2 * size)
    last = ceil((middle + radius + 1) / 2 * size)
    # One point of ground stays free around the picture.
    return slice(first, last) if first >= 1 and last <= size - 1 else None


def compose(layers: list[Layer], size: int) -> tuple[Floats, npt.NDArray[np.int8]]:
    """Return depth and number of the nearest solid at each point, both `size x size`.

    The depth is infinite and the number `GROUND` where there is none.
    """
    depth = np.full((size, size), np.inf, dtype=np.float32)
    numbers = np.full((size, size), GROUND, dtype=np.int8)
    for number, layer in enumerate(layers):
        place = (layer.rows, layer.columns)
        nearer = layer.depth < depth[place]
        depth[place][nearer] = layer.depth[nearer]
        numbers[place][nearer] = number
    return depth, numbers


def visible_fractions(
    layers: list[Layer], numbers: npt.NDArray[np.int8]
) -> npt.NDArray[np.float64]:
    """Return the visible share of each solid's points; 0 for a solid without points."""
    seen = np.bincount(numbers.ravel() + 1, minlength=len(layers) + 1)[1:]
    return seen / np.maximum([layer.area for layer in layers], 1)
