"""Common functions of builders from files: choose images, resize them, read JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from latentbo.counting.data.combinations import Combination
from latentbo.errors import ConfigurationError, DataError


def check_folder(folder: Path, needed: Iterable[str], name: str, advice: str) -> None:
    """Check that a data set exists.

    Args:
        folder: The user's folder.
        needed: Files or folders below it.
        name: Name of the data set.
        advice: Its source.

    Raises:
        DataError: If anything is missing; the message says where to get it.
    """
    missing = [place for place in needed if not (folder / place).exists()]
    if missing:
        raise DataError(f"{folder} does not hold {name}: {', '.join(missing)} is missing. {advice}")


def check_numbers(size: int | None, per_combination: int, most: int, seed: int) -> None:
    """Check settings that all these builders have.

    Raises:
        ConfigurationError: If a number cannot be used.
    """
    if size is not None and not 8 <= size <= 1024:
        raise ConfigurationError(f"size is {size}; give a side of 8 to 1024 pixels")
    if min(per_combination, most) < 1:
        raise ConfigurationError(
            f"per_combination is {per_combination} and most is {most}; give at least 1"
        )
    if seed < 0:
        raise ConfigurationError(f"seed is {seed}; give 0 or more")


def choose(counts: Sequence[Combination], most: int, random: np.random.Generator) -> list[int]:
    """Return sorted positions of a random choice, with at most a number per combination."""
    taken: dict[Combination, int] = {}
    found = []
    for place in random.permutation(len(counts)).tolist():
        number = taken.get(counts[place], 0)
        if number < most:
            taken[counts[place]] = number + 1
            found.append(place)
    return sorted(found)


def squash(image: Tensor, size: int) -> Tensor:
    """Resize `c x h x w` bytes to a square, bilinear with antialiasing; the shape may change."""
    if image.shape[1:] == (size, size):
        return image
    pixels = F.interpolate(image[None].float(), (size, size), mode="bilinear", antialias=True)
    return pixels[0].round().clamp(0, 255).to(torch.uint8)


def frame(image: Tensor) -> Tensor:
    """Pad `c x h x w` bytes with black to a square, evenly."""
    height, width = image.shape[1:]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return F.pad(image, (left, side - width - left, top, side - height - top))


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Raises:
        DataError: If it cannot be read or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read ({error}); get it again") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} holds no JSON object; get it again")
    return content


def field_of(entry: Any, name: str, kind: type, where: str) -> Any:
    """Return a field of a JSON object.

    Raises:
        DataError: If it is missing or of another kind.
    """
    value = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(value, kind):
        raise DataError(f"{where}: no {name!r} that is a {kind.__name__}")
    return value
