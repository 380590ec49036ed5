"""Light: Lambert and Blinn-Phong shading, soft shadows, contact shadows, a mirror-like metal.

Distances are in the scene's units; colours are linear until the end, where gamma 2.2 is applied.
"""

import numpy as np
import numpy.typing as npt

from latentbo.counting.data.clevr.camera import Floats, norm
from latentbo.counting.data.clevr.layers import GROUND, Layer, compose
from latentbo.counting.data.clevr.scene import Scene
from latentbo.counting.data.clevr.solids import Solid, entry, normals

GROUND_COLOUR = np.array([0.34, 0.34, 0.345], dtype=np.float32)
SKY = np.array([0.62, 0.63, 0.65], dtype=np.float32)
AMBIENT, KEY, FILL = 0.42, 0.78, 0.22
#: Direction of the weak second light, which has no shadows.
FILL_WAY = norm(np.array([0.75, 0.15, 0.6], dtype=np.float32))
#: Radius of the main light, a disc; below, its points in units of the radius.
LIGHT_RADIUS = 0.55
RINGS = ((0.25, 0.3), (0.45, 2.4), (0.6, 4.5), *((0.92, 0.9 + 0.4 * np.pi * k) for k in range(5)))
LIGHT_POINTS = np.array(
    [(radius * np.cos(angle), radius * np.sin(angle)) for radius, angle in RINGS], dtype=np.float32
)
GAMMA = np.float32(1 / 2.2)


def render(
    scene: Scene, layers: list[Layer], size: int, samples: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int8]]:
    """Draw a scene.

    Args:
        scene: The scene.
        layers: Layers of its solids, at `size * samples` points per side.
        size: Side of the picture in pixels.
        samples: Points per pixel in each direction; a pixel is their mean.

    Returns:
        The picture, `3 x size x size`, and the number of the solid at each point (or `GROUND`),
        `size * samples` per side.
    """
    points = size * samples
    rays = scene.camera.rays(points)
    depth, numbers = compose(layers, points)
    on_ground = numbers == GROUND
    with np.errstate(divide="ignore"):
        to_ground = -scene.camera.origin[2] / np.minimum(rays[2], np.float32(-1e-6))
    places = scene.camera.origin[:, None] + (np.where(on_ground, to_ground, depth) * rays).reshape(
        3, -1
    )
    flat, ways = numbers.ravel(), rays.reshape(3, -1)
    light = _light(scene, places, flat)
    colours = np.empty((3, points * points), dtype=np.float32)
    for number in (GROUND, *range(len(scene.solids))):
        own = np.flatnonzero(flat == number)
        solid = None if number == GROUND else scene.solids[number]
        colours[:, own] = _shade(solid, scene, places[:, own], ways[:, own], light[own])
        colours[:, own] *= _contact(number, scene, places[:, own], solid)
    pixels = colours.reshape(3, size, samples, size, samples).mean(axis=(2, 4))
    screen = np.clip(pixels, 0, 1) ** GAMMA * 255
    return np.round(screen).astype(np.uint8), numbers


def _light(scene: Scene, places: Floats, numbers: npt.NDArray[np.int8]) -> Floats:
    """Return the share of the main light that reaches each place, `n`."""
    reached = np.ones(places.shape[1], dtype=np.float32)
    middle = np.array(scene.light, dtype=np.float32)
    towards = norm(middle[:, None] - places)
    for number, solid in enumerate(scene.solids):
        # A place far from the shadow's cone cannot lie in it; convex solids do not shade
        # themselves.
        start = solid.middle[:, None] - places
        along = (start * towards).sum(axis=0)
        beside = (start * start).sum(axis=0) - along * along
        widest = solid.bound + LIGHT_RADIUS * along / 5
        near = np.flatnonzero((numbers != number) & (along > 0) & (beside < widest * widest))
        if len(near):
            reached[near] *= 1 - _hidden(solid, middle, places[:, near])
    return reached


def _hidden(solid: Solid, middle: Floats, places: Floats) -> Floats:
    """Return the share of the light that a solid hides from places, `n`."""
    towards = norm(middle)
    across = norm(np.cross(towards, np.array([0, 0, 1], dtype=np.float32)))
    upwards = np.cross(towards, across)
    offsets = LIGHT_RADIUS * (LIGHT_POINTS @ np.stack([across, upwards]))
    lights = (middle + offsets).T
    ways = norm(lights[:, :, None] - places[:, None, :])
    blocked = np.isfinite(entry(solid, places[:, None, :], ways))
    mean: Floats = blocked.mean(axis=0, dtype=np.float32)
    return mean


def _shade(
    solid: Solid | None, scene: Scene, places: Floats, ways: Floats, reached: Floats
) -> Floats:
    """Return the colours of places on one solid or on the ground, `3 x n`."""
    if solid is None:
        outward = np.broadcast_to(np.array([[0], [0], [1]], dtype=np.float32), places.shape)
        colour = GROUND_COLOUR
    else:
        outward, colour = normals(solid, places), np.array(solid.colour, dtype=np.float32)
    offset = np.array(scene.light, dtype=np.float32)[:, None] - places
    towards = norm(offset)
    # The light decreases with the distance, like that of a lamp.
    strength = KEY * reached * 90 / np.maximum((offset * offset).sum(axis=0), 20)
    facing = np.maximum((outward * towards).sum(axis=0), 0)
    second = np.maximum(FILL_WAY @ outward, 0)
    diffuse = AMBIENT * (0.75 + 0.25 * outward[2]) + strength * facing + FILL * second
    if solid is None:
        return colour[:, None] * diffuse
    gloss = np.maximum((outward * norm(towards - ways)).sum(axis=0), 0)
    if not solid.metal:
        return colour[:, None] * diffuse + 0.10 * strength * gloss**18
    mirrored = ways - 2 * (ways * outward).sum(axis=0) * outward
    seen = _surroundings(mirrored)
    edge = (1 + (ways * outward).sum(axis=0)) ** 4
    tint = colour[:, None] + (1 - colour[:, None]) * (0.08 + 0.25 * edge)
    return 0.4 * colour[:, None] * diffuse + 1.0 * tint * seen + 1.3 * strength * gloss**120


def _surroundings(ways: Floats) -> Floats:
    """Return mirrored colours: the ground below, a soft sky above with two bright panels."""
    up = ways[2]
    sky = np.clip(0.5 + 1.6 * up, 0, 1)
    panel = np.clip(6 * (FILL_WAY @ ways) - 5, 0, 1)
    return (
        GROUND_COLOUR[:, None] * 0.6 * (1 - sky) + SKY[:, None] * sky * (1 - 0.45 * np.abs(up))
    ) + 0.7 * panel


def _contact(number: int, scene: Scene, places: Floats, own: Solid | None) -> Floats:
    """Return the share of the sky's light near other solids, `n`, approximated by spheres."""
    left = np.ones(places.shape[1], dtype=np.float32)
    for other, solid in enumerate(scene.solids):
        if other == number:
            continue
        offset = solid.middle[:, None] - places
        apart = (offset * offset).sum(axis=0)
        radius = solid.half_height
        near = np.flatnonzero(apart < (4 * radius) ** 2)
        if own is None:
            facing = np.float32(radius) / np.sqrt(apart[near])
        else:
            outward = normals(own, places[:, near])
            facing = np.maximum((outward * norm(offset[:, near])).sum(axis=0), 0)
        left[near] *= 1 - 0.75 * facing * np.minimum(radius * radius / apart[near], 1)
    return left
