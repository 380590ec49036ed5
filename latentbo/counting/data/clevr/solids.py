"""The three solids on the ground z = 0: intersections with rays, and normals."""

from dataclasses import dataclass
from math import cos, sin, sqrt

import numpy as np

from latentbo.counting.data.clevr.camera import Floats, norm

SHAPES = ("cylinder", "sphere", "cube")
#: Hits nearer than this belong to the surface at the ray's origin.
NEAR = 1e-3
#: Sharpness of the normals' change near the edges of cubes and cylinders.
SHARPNESS = 16


@dataclass(frozen=True)
class Solid:
    """A solid that stands on the ground.

    Args:
        shape: One of `SHAPES`.
        x: Position of its centre.
        y: Position of its centre.
        radius: Of the sphere and the cylinder (as high as wide); half the diagonal of a cube's
            base.
        angle: Rotation of a cube, in radians.
        colour: Red, green, blue in [0, 1], linear.
        metal: Whether it reflects like metal; otherwise it is matt like rubber.
    """

    shape: str
    x: float
    y: float
    radius: float
    angle: float = 0.0
    colour: tuple[float, float, float] = (0.5, 0.5, 0.5)
    metal: bool = False

    @property
    def half_height(self) -> float:
        """Half the height, the height of the centre above the ground."""
        return self.radius / sqrt(2) if self.shape == "cube" else self.radius

    @property
    def middle(self) -> Floats:
        """The centre, a vector of 3."""
        return np.array([self.x, self.y, self.half_height], dtype=np.float32)

    @property
    def bound(self) -> float:
        """Radius of the smallest enclosing ball around the centre."""
        return self.radius * {"sphere": 1.0, "cylinder": sqrt(2), "cube": sqrt(1.5)}[self.shape]


def entry(solid: Solid, origins: Floats, directions: Floats) -> Floats:
    """Return the distances at which rays enter the solid; infinite for rays that miss it.

    All three are convex: a ray is inside from the last entry to the first exit of the bounding
    surfaces.

    Args:
        solid: The solid.
        origins: A `3 x ...`-dim array (or `3 x 1 x ...`) of points outside of it.
        directions: A `3 x ...`-dim array of unit vectors.
    """
    start = origins - solid.middle.reshape(3, *[1] * (origins.ndim - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        if solid.shape == "sphere":
            first, last = _round_span(start, directions, solid.radius, 3)
        elif solid.shape == "cylinder":
            first, last = _round_span(start, directions, solid.radius, 2)
            first, last = _meet(first, last, *_slab(start[2], directions[2], solid.half_height))
        else:
            first, last = _cube_span(solid, start, directions)
        return np.where((first <= last) & (first > NEAR), first, np.float32(np.inf))


def _round_span(start: Floats, way: Floats, radius: float, axes: int) -> tuple[Floats, Floats]:
    """A sphere (three axes) or an infinite upright cylinder (two); NaN where missed."""
    square = np.float32(1) if axes == 3 else (way[:2] * way[:2]).sum(axis=0)
    along = (start[:axes] * way[:axes]).sum(axis=0)
    apart = (start[:axes] * start[:axes]).sum(axis=0) - np.float32(radius * radius)
    root = np.sqrt(along * along - square * apart)
    return (-along - root) / square, (-along + root) / square


def _slab(start: Floats, way: Floats, half: float) -> tuple[Floats, Floats]:
    inverse = 1 / way
    one, other = (-np.float32(half) - start) * inverse, (np.float32(half) - start) * inverse
    return np.minimum(one, other), np.maximum(one, other)


def _meet(
    first: Floats, last: Floats, other_first: Floats, other_last: Floats
) -> tuple[Floats, Floats]:
    return np.maximum(first, other_first), np.minimum(last, other_last)


def _turned(solid: Solid, vectors: Floats) -> tuple[Floats, Floats, Floats]:
    """Vectors in the coordinates of a cube."""
    c, s = np.float32(cos(solid.angle)), np.float32(sin(solid.angle))
    return c * vectors[0] + s * vectors[1], c * vectors[1] - s * vectors[0], vectors[2]


def _cube_span(solid: Solid, start: Floats, way: Floats) -> tuple[Floats, Floats]:
    half = solid.half_height
    spans = [
        _slab(*both, half) for both in zip(_turned(solid, start), _turned(solid, way), strict=True)
    ]
    return _meet(*_meet(*spans[0], *spans[1]), *spans[2])


def normals(solid: Solid, points: Floats) -> Floats:
    """Return the outer normals at points of the surface, `3 x ...`, with slightly rounded edges."""
    away = (points - solid.middle.reshape(3, *[1] * (points.ndim - 1))) / solid.half_height
    if solid.shape == "sphere":
        return norm(away)
    if solid.shape == "cylinder":
        return _cylinder_normals(away)
    c, s = np.float32(cos(solid.angle)), np.float32(sin(solid.angle))
    x, y, z = (_steep(axis) for axis in _turned(solid, away))
    return norm(np.stack([c * x - s * y, s * x + c * y, z]))


def _cylinder_normals(away: Floats) -> Floats:
    across = np.maximum(np.sqrt(away[0] ** 2 + away[1] ** 2), np.float32(1e-6))
    side = _steep(across) / across
    return norm(np.stack([away[0] * side, away[1] * side, _steep(away[2])]))


def _steep(values: Floats) -> Floats:
    """A high power with the sign kept: 1 at the surface, almost 0 inside."""
    power = values
    for _ in range(int(np.log2(SHARPNESS))):
        power = power * power
    return np.copysign(power, values)
