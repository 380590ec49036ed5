"""Random scenes: a camera, a light, and separate, visible solids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi

import numpy as np

from latentbo.counting.data.clevr.camera import Camera, Floats
from latentbo.counting.data.clevr.layers import Layer, cast, compose, visible_fractions
from latentbo.counting.data.clevr.solids import Solid
from latentbo.errors import ConfigurationError

#: CLEVR's eight colours, as bytes.
COLOURS: Mapping[str, tuple[int, int, int]] = {
    "gray": (87, 87, 87),
    "red": (173, 35, 35),
    "blue": (42, 75, 215),
    "green": (29, 105, 20),
    "brown": (129, 74, 25),
    "purple": (129, 38, 192),
    "cyan": (41, 208, 208),
    "yellow": (255, 238, 51),
}
#: The simple data set: one colour per shape.
SIMPLE: Mapping[str, str] = {"cylinder": "red", "sphere": "green", "cube": "blue"}

#: Solids stand in a square of this half side.
REACH = 2.6
#: Minimum gap between the circles around two solids.
GAP = 0.12
#: Maximum number of tries per solid, and of scenes.
PLACES, STARTS = 60, 40


@dataclass(frozen=True)
class Appearance:
    """Appearance of scenes.

    Args:
        coloured: Whether each solid has a random one of eight colours; otherwise it has its shape's
            colour.
        sizes: The radii to choose from.
        metal: Fraction of solids of metal.
        least_visible: Minimum visible share of each solid.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    coloured: bool = False
    sizes: tuple[float, ...] = (0.48, 0.68)
    metal: float = 0.5
    least_visible: float = 0.6

    def __post_init__(self) -> None:
        if not self.sizes or not all(0.05 <= size <= 1 for size in self.sizes):
            raise ConfigurationError(f"sizes are {self.sizes}; give radii from 0.05 to 1")
        if not 0 <= self.metal <= 1:
            raise ConfigurationError(f"metal is {self.metal}; give a fraction from 0 to 1")
        if not 0 < self.least_visible <= 1:
            raise ConfigurationError(
                f"least_visible is {self.least_visible}; give a fraction above 0, at most 1"
            )


@dataclass(frozen=True)
class Scene:
    """A scene to render.

    Args:
        camera: The camera.
        light: Centre of the main light.
        solids: The solids.
    """

    camera: Camera
    light: tuple[float, float, float]
    solids: tuple[Solid, ...]


def random_scene(
    shapes: Sequence[str], look: Appearance, size: int, random: np.random.Generator
) -> tuple[Scene, list[Layer]]:
    """Draw a random scene, placing solids one by one so that all are separate, whole and visible.

    Args:
        shapes: The shape of each solid.
        look: How it looks.
        size: Side of the picture in points; decides what is hidden.
        random: Chooses.

    Returns:
        The scene, and the layer of each solid at that size.

    Raises:
        ConfigurationError: If no places are found for so many solids.
    """
    for _ in range(STARTS):
        camera = _camera(random)
        rays = camera.rays(size)
        solids: list[Solid] = []
        layers: list[Layer] = []
        for shape in random.permutation(np.array(shapes, dtype=object)):
            if not _place(str(shape), look, camera, rays, solids, layers, random):
                break
        else:
            x, y, z = random.uniform((-4.4, -5.6, 6.6), (-2.4, -3.6, 8.2))
            return Scene(camera, (float(x), float(y), float(z)), tuple(solids)), layers
    raise ConfigurationError(
        f"{len(shapes)} solids of radii {look.sizes} find no places where each is visible by "
        f"{look.least_visible:.0%}: ask for fewer or smaller ones, or allow more to be hidden"
    )


def _camera(random: np.random.Generator) -> Camera:
    x, y, z = random.uniform((4.65, -5.75, 5.05), (5.35, -5.05, 5.75))
    return Camera((float(x), float(y), float(z)), (0.0, 0.0, 0.1), 2.3)


def _place(
    shape: str,
    look: Appearance,
    camera: Camera,
    rays: Floats,
    solids: list[Solid],
    layers: list[Layer],
    random: np.random.Generator,
) -> bool:
    """Add a solid to the lists if a place is found."""
    radius = float(random.choice(look.sizes))
    colour = str(random.choice(list(COLOURS))) if look.coloured else SIMPLE[shape]
    metal, angle = bool(random.random() < look.metal), float(random.uniform(0, pi / 2))
    for x, y in random.uniform(-REACH, REACH, (PLACES, 2)).tolist():
        solid = Solid(shape, x, y, radius, angle, linear(COLOURS[colour]), metal)
        if any(_too_near(solid, other) for other in solids):
            continue
        layer = cast(solid, camera, rays)
        if layer is None:
            continue
        together = [*layers, layer]
        fractions = visible_fractions(together, compose(together, rays.shape[-1])[1])
        if fractions.min() >= look.least_visible:
            solids.append(solid)
            layers.append(layer)
            return True
    return False


def _too_near(one: Solid, other: Solid) -> bool:
    apart = one.radius + other.radius + GAP
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2 < apart**2


def linear(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """Return the light that a screen gives for a colour in bytes (gamma 2.2)."""
    red, green, blue = ((value / 255) ** 2.2 for value in colour)
    return red, green, blue
