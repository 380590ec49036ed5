"""Random placement of boxes in a square without overlap."""

from collections.abc import Sequence

import numpy as np

from latentbo.errors import ConfigurationError

LAYOUTS = ("strips", "free")
#: Top row and left column.
Place = tuple[int, int]
#: Maximum number of tries per box, and of arrangements.
TRIES, STARTS = 50, 200


def places(
    layout: str, boxes: Sequence[tuple[int, int]], size: int, random: np.random.Generator
) -> list[Place]:
    """Return a place for each box in a layout of `LAYOUTS`."""
    return (strip_places if layout == "strips" else free_places)(boxes, size, random)


def strip_places(
    boxes: Sequence[tuple[int, int]], size: int, random: np.random.Generator
) -> list[Place]:
    """Place each box at random in its own column strip, from left to right.

    Args:
        boxes: Height and width of each, in pixels.
        size: Side of the square.
        random: Chooses.

    Raises:
        ConfigurationError: If a box is larger than its strip.
    """
    found = []
    for number, (height, width) in enumerate(boxes):
        # The last column stays free, so that neighbours do not touch.
        free = number + 1 < len(boxes)
        first, end = number * size // len(boxes), (number + 1) * size // len(boxes) - free
        if height > size or width > end - first:
            raise ConfigurationError(
                f"a digit of {height} x {width} pixels is larger than its strip of {size} x "
                f"{end - first}: give smaller digits, fewer of them, or larger images"
            )
        top, left = random.integers((0, first), (size - height + 1, end - width + 1))
        found.append((int(top), int(left)))
    return found


def free_places(
    boxes: Sequence[tuple[int, int]], size: int, random: np.random.Generator
) -> list[Place]:
    """Place boxes at random, so that none touches another or leaves the square.

    Args:
        boxes: Height and width of each, in pixels.
        size: Side of the square.
        random: Chooses.

    Raises:
        ConfigurationError: If a box is larger than the square, or no places are found.
    """
    for height, width in boxes:
        if max(height, width) > size:
            raise ConfigurationError(f"a digit of {height} x {width} pixels is larger than {size}")
    for _ in range(STARTS):
        found = _arrange(boxes, size, random)
        if found is not None:
            return found
    raise ConfigurationError(
        f"{len(boxes)} digits find no places without overlap on {size} x {size} pixels: give "
        "smaller digits, fewer of them, or larger images"
    )


def _arrange(
    boxes: Sequence[tuple[int, int]], size: int, random: np.random.Generator
) -> list[Place] | None:
    found: list[Place] = []
    for height, width in boxes:
        tried = random.integers((0, 0), (size - height + 1, size - width + 1), (TRIES, 2)).tolist()
        for top, left in tried:
            # Boxes must not touch: two strokes could look like one.
            if all(
                top > other_top + other_height
                or other_top > top + height
                or left > other_left + other_width
                or other_left > left + width
                for (other_top, other_left), (other_height, other_width) in zip(
                    found, boxes, strict=False
                )
            ):
                found.append((top, left))
                break
        else:
            return None
    return found
