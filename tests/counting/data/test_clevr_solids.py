"""Rays, projections and normals, checked against the solids' own definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latentbo.counting.data.clevr.camera import Camera, Floats, norm
from latentbo.counting.data.clevr.layers import GROUND, cast, compose, visible_fractions
from latentbo.counting.data.clevr.solids import SHAPES, Solid, entry, normals

CAMERA = Camera((5.0, -5.4, 5.4), (0.0, 0.0, 0.1), 2.3)


def depth_inside(solid: Solid, points: Floats) -> np.ndarray:
    """How deep points lie in a solid, in its radii, negative outside: from its definition."""
    x, y, z = (points.T - solid.middle).T.astype(np.float64)
    if solid.shape == "sphere":
        return solid.radius - np.sqrt(x**2 + y**2 + z**2)
    if solid.shape == "cylinder":
        return np.minimum(solid.radius - np.hypot(x, y), solid.radius - np.abs(z))
    turned = (x + 1j * y) * np.exp(-1j * solid.angle)
    half = solid.radius / np.sqrt(2)
    return half - np.max([np.abs(turned.real), np.abs(turned.imag), np.abs(z)], axis=0)


solids = st.builds(
    Solid,
    st.sampled_from(SHAPES),
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.floats(0.2, 0.8),
    st.floats(0, 2),
)


@settings(max_examples=settings().max_examples // 3)
@given(solids, st.integers(0, 2**32))
def test_rays_enter_at_the_surface_and_nowhere_before(solid: Solid, seed: int) -> None:
    random = np.random.default_rng(seed)
    origins = np.array([[4.0], [-3.0], [5.0]], dtype=np.float32)
    aims = solid.middle[:, None] + random.normal(0, 0.4, (3, 200)).astype(np.float32)
    ways = norm(aims - origins)
    first = entry(solid, origins, ways)
    hit = np.isfinite(first)
    assert hit.any()
    surface = origins + first[hit] * ways[:, hit]
    assert np.abs(depth_inside(solid, surface)).max() < 1e-4
    # Along each ray: outside until the entry, and never inside where there is none.
    steps = np.linspace(0, 12, 400)
    for way, distance in zip(ways.T, first, strict=True):
        before = steps[steps < distance - 1e-3].astype(np.float32)
        path = origins + before * way[:, None]
        assert (depth_inside(solid, path) < 1e-4).all()


@settings(max_examples=settings().max_examples // 3)
@given(solids)
def test_the_bound_holds_the_solid_in_the_picture(solid: Solid) -> None:
    size = 48
    rays = CAMERA.rays(size)
    everywhere = np.isfinite(entry(solid, CAMERA.origin[:, None, None], rays))
    layer = cast(solid, CAMERA, rays)
    if layer is None:  # near the border
        column, row, radius = CAMERA.project(solid.middle, solid.bound)
        assert max(abs(column), abs(row)) + radius > 1 - 4 / size
    else:
        assert layer.area == everywhere.sum() > 0
        assert np.array_equal(np.isfinite(layer.depth), everywhere[layer.rows, layer.columns])
        assert not everywhere[[0, -1]].any()
        assert not everywhere[:, [0, -1]].any()


@pytest.mark.parametrize("shape", SHAPES)
def test_normals_have_length_one_and_point_out(shape: str) -> None:
    solid = Solid(shape, 0.3, -0.2, 0.6, 0.4)
    layer = cast(solid, CAMERA, CAMERA.rays(96))
    assert layer is not None
    seen = np.isfinite(layer.depth)
    ways = CAMERA.rays(96)[:, layer.rows, layer.columns][:, seen]
    points = CAMERA.origin[:, None] + layer.depth[seen] * ways
    outward = normals(solid, points)
    np.testing.assert_allclose((outward**2).sum(axis=0), 1, atol=1e-5)
    assert (depth_inside(solid, points + 0.02 * outward) < 0).all()
    assert (depth_inside(solid, points - 0.02 * outward) > 0).all()
    # Nearly all are seen from the front; a rounded edge may turn a little away.
    assert ((outward * ways).sum(axis=0) < 0.1).all()


def test_projection_agrees_with_the_rays() -> None:
    size = 200
    rays = CAMERA.rays(size)
    for row, column in ((20, 150), (100, 100), (170, 30)):
        point = CAMERA.origin + 7 * rays[:, row, column]
        x, y, _ = CAMERA.project(point, 0.1)
        np.testing.assert_allclose(
            (x, y), ((2 * np.array([column, row]) + 1) / size - 1), atol=1e-4
        )


def test_the_nearer_solid_hides_the_farther() -> None:
    near, far = Solid("sphere", 0.8, -0.8, 0.5), Solid("sphere", 0.0, 0.0, 0.5)
    rays = CAMERA.rays(64)
    layers = [layer for solid in (far, near) if (layer := cast(solid, CAMERA, rays)) is not None]
    assert len(layers) == 2
    _, numbers = compose(layers, 64)
    fractions = visible_fractions(layers, numbers)
    assert fractions[1] == 1
    assert 0 < fractions[0] < 1
    assert (numbers == 1).sum() == layers[1].area
    assert numbers[0, 0] == GROUND
