"""A perspective camera: position, target, and the ray through each point."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def norm(vectors: Floats) -> Floats:
    """Scale vectors, `3 x ...`, to unit length."""
    lengths: Floats = np.sqrt((vectors * vectors).sum(axis=0))
    return vectors / lengths


@dataclass(frozen=True)
class Camera:
    """A pinhole camera; the picture is a square from -1 to 1 in both directions.

    Args:
        position: Its position; z points up, the ground is z = 0.
        target: The point in the centre of the picture.
        focal: Focal length in halves of the picture's side.
    """

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    focal: float

    @cached_property
    def origin(self) -> Floats:
        """The position as an array."""
        return np.array(self.position, dtype=np.float32)

    @cached_property
    def axes(self) -> Floats:
        """Rows: right, up (in the picture) and forward, a `3 x 3` array."""
        forward = norm(np.array(self.target, dtype=np.float32) - self.origin)
        right = norm(np.cross(forward, np.array([0, 0, 1], dtype=np.float32)))
        return np.stack([right, np.cross(right, forward), forward])

    def rays(self, size: int) -> Floats:
        """Return the unit direction through the centre of each point, `3 x size x size`.

        Rows run from top to bottom, columns from left to right.
        """
        middles = (2 * np.arange(size, dtype=np.float32) + 1) / size - 1
        right, up, forward = self.axes[:, :, None, None]
        across, down = middles[None, None, :], middles[None, :, None]
        return norm(right * across - up * down + self.focal * forward)

    def project(self, point: npt.ArrayLike, radius: float) -> tuple[float, float, float]:
        """Return the projection of a ball: column and row in [-1, 1], upper bound of its radius.

        Args:
            point: Its centre.
            radius: Its radius; the camera stands outside of it.
        """
        x, y, depth = self.axes @ (np.asarray(point, dtype=np.float32) - self.origin)
        # The picture of an off-centre ball is an ellipse, longer than the ball's angle.
        slant = np.sqrt(1 + (x * x + y * y) / (depth * depth))
        seen = self.focal * radius * slant / (depth - radius)
        return self.focal * x / depth, -self.focal * y / depth, float(seen)
