"""Settings of rendered scenes, and drawing of a picture by its place in the data set (no torch)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from latentbo.counting.data.clevr.scene import Appearance, random_scene
from latentbo.counting.data.clevr.shading import render
from latentbo.counting.data.clevr.solids import SHAPES
from latentbo.counting.data.combinations import Combination, LeftOut, all_combinations
from latentbo.errors import ConfigurationError


@dataclass(frozen=True)
class ClevrConfig:
    """Settings of the scenes.

    Args:
        shapes: The classes: `cylinder`, `sphere`, `cube`.
        most: The largest count of each.
        most_total: Maximum number of solids in a picture; None: no limit.
        least_total: Minimum number of solids in a picture.
        per_combination: Training pictures of each combination.
        test_per_combination: Test pictures of each combination.
        left_out: Rules for combinations excluded from training (see `LeftOut`).
        size: Side of a picture in pixels.
        samples: Points per pixel in each direction.
        look: Colours, sizes, how much may be hidden.
        seed: Of all randomness.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    shapes: tuple[str, ...] = ("cylinder", "sphere")
    most: tuple[int, ...] = (6, 6)
    most_total: int | None = 6
    least_total: int = 0
    per_combination: int = 2000
    test_per_combination: int = 200
    left_out: tuple[str, ...] = ("sphere=4",)
    size: int = 128
    samples: int = 2
    look: Appearance = field(default_factory=Appearance)
    seed: int = 0

    def __post_init__(self) -> None:
        if len(set(self.shapes)) < len(self.shapes) or not set(self.shapes) <= set(SHAPES):
            raise ConfigurationError(f"shapes are {self.shapes}; give some of {', '.join(SHAPES)}")
        if len(self.most) != len(self.shapes) or min(self.most, default=-1) < 0:
            raise ConfigurationError(f"most is {self.most}; give one count for each shape")
        if not 8 <= self.size <= 1024 or not 1 <= self.samples <= 8:
            raise ConfigurationError(
                f"size is {self.size} with {self.samples} samples; give a side of 8 to 1024 pixels "
                "and 1 to 8 samples"
            )
        if self.per_combination < 1 or self.test_per_combination < 0:
            raise ConfigurationError(
                f"per_combination is {self.per_combination} (test {self.test_per_combination}); "
                "give at least 1 (test 0)"
            )
        if self.seed < 0:
            raise ConfigurationError(f"seed is {self.seed}; give 0 or more")
        LeftOut(self.left_out, self.shapes)
        if not self.combinations():
            raise ConfigurationError(
                f"no combination has {self.least_total} to {self.most_total} solids in all and at "
                f"most {self.most} of {self.shapes}"
            )

    def combinations(self) -> list[Combination]:
        """Return all combinations, including left-out ones."""
        return list(all_combinations(self.most, self.least_total, self.most_total))


def default_left_out(shapes: Sequence[str]) -> tuple[str, ...]:
    """Return what the thesis leaves out: four spheres of two shapes, two cylinders of three."""
    name, rule = ("cylinder", "cylinder=2") if len(shapes) > 2 else ("sphere", "sphere=4")
    return (rule,) if name in shapes else ()


def draw_chunk(
    config: ClevrConfig, side: int, start: int, plan: Sequence[Combination]
) -> npt.NDArray[np.uint8]:
    """Draw pictures that follow each other, `n x 3 x size x size` (see `draw`)."""
    return np.stack([draw(config, counts, (side, start + i)) for i, counts in enumerate(plan)])


def draw(
    config: ClevrConfig, counts: Combination, number: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Draw one picture, `3 x size x size`.

    Args:
        config: How it looks.
        counts: Solids of each shape.
        number: Side and place in the data set; with the seed they decide all.
    """
    random = np.random.default_rng([config.seed, *number])
    shapes = [shape for shape, n in zip(config.shapes, counts, strict=True) for _ in range(n)]
    scene, layers = random_scene(shapes, config.look, config.size * config.samples, random)
    return render(scene, layers, config.size, config.samples)[0]
