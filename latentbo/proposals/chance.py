"""Draws that the graph proposals share."""

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def draw(shares: Mapping[T, float], chance: random.Random) -> T:
    """Return a key, with the probability in proportion to its value."""
    return chance.choices(list(shares), list(shares.values()))[0]


def shuffled(items: Sequence[T], chance: random.Random) -> list[T]:
    """Return the items in random order."""
    return chance.sample(items, len(items))
