"""Multi-MNIST: digits on black, placed without overlap (thesis section 3.4.1).

Training images hold training digits only, test images test digits only.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from latentbo.counting.data.combinations import Combination, LeftOut, all_combinations
from latentbo.counting.data.dataset import CountData, CountDataset, Report, separate, silent
from latentbo.counting.data.placement import LAYOUTS, places
from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data.load import ImageData, load_images

SIDES = ("train", "test")
MNIST_SIDE = 28
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class MultiMnistConfig:
    """Settings of the composed images.

    Args:
        source: `mnist`, `fashion-mnist` or `mnist-5000`.
        classes: The digits to use.
        numbers: Possible numbers of digits per image.
        layout: `strips` (each digit in a column strip of its own, as published) or `free`.
        size: Side of an image in pixels.
        digit_size: Side of a source image (28 pixels, the digit itself about 20) after scaling;
            None: 28 at 64 pixels and in proportion, or less if a strip is narrower.
        per_combination: Training images of each combination.
        test_per_combination: Test images of each combination.
        num_images: Total number of training images, spread evenly over the combinations; replaces
            `per_combination`. The test images are in proportion.
        empty: Fraction of images without any digit.
        left_out: Rules for combinations excluded from training (see `LeftOut`).
        seed: Of all randomness.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    source: str = "mnist"
    classes: tuple[int, ...] = tuple(range(10))
    numbers: tuple[int, ...] = (2,)
    layout: str = "strips"
    size: int = 64
    digit_size: int | None = None
    per_combination: int = 1000
    test_per_combination: int = 100
    num_images: int | None = None
    empty: float = 0.0
    left_out: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.classes or sorted(set(self.classes)) != list(self.classes):
            raise ConfigurationError(f"classes are {self.classes}; give rising numbers like 0,1,2")
        if min(self.classes) < 0 or max(self.classes) > 9:
            raise ConfigurationError(f"classes are {self.classes}; give numbers from 0 to 9")
        if not self.numbers or not all(1 <= number <= 9 for number in self.numbers):
            raise ConfigurationError(f"numbers are {self.numbers}; give 1 to 9 digits an image")
        if self.layout not in LAYOUTS:
            raise ConfigurationError(f"layout is {self.layout!r}; give one of {', '.join(LAYOUTS)}")
        if not 8 <= self.size <= 1024 or not 4 <= self.side <= self.size:
            raise ConfigurationError(
                f"digits of {self.side} pixels on {self.size} x {self.size}: give a size of 8 to "
                "1024 and digits of 4 pixels at least that fit"
            )
        if min(self.per_combination, self.num_images or 1) < 1 or self.test_per_combination < 0:
            raise ConfigurationError("give at least 1 training image, and no fewer than 0 for test")
        if not 0 <= self.empty < 1:
            raise ConfigurationError(f"empty is {self.empty}; give a fraction from 0 to below 1")
        if self.seed < 0:
            raise ConfigurationError(f"seed is {self.seed}; give 0 or more")
        LeftOut(self.left_out, self.class_names)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The digits as words of one letter."""
        return tuple(map(str, self.classes))

    @property
    def side(self) -> int:
        """Side of a scaled source image, in pixels."""
        if self.digit_size is not None:
            return self.digit_size
        usual = MNIST_SIDE * self.size // 64
        return min(usual, self.size // max(self.numbers)) if self.layout == "strips" else usual

    def combinations(self) -> list[Combination]:
        """Return all combinations with a digit, including left-out ones."""
        most = [max(self.numbers)] * len(self.classes)
        found = all_combinations(most, min(self.numbers), max(self.numbers))
        return [counts for counts in found if sum(counts) in self.numbers]

    def plan(self, side: str, random: np.random.Generator) -> list[Combination]:
        """Return the combination of each image of a side."""
        kinds = self.combinations()
        number = self._images(side, len(kinds))
        first = [kinds[place] for place in random.permutation(len(kinds))]
        digits = [first[place % len(kinds)] for place in range(number)]
        empty = round(number * self.empty / (1 - self.empty))
        whole = digits + [(0,) * len(self.classes)] * empty
        # Empty images are mixed with the others, so that any part of a split has all kinds.
        return [whole[place] for place in random.permutation(len(whole))] if empty else whole

    def _images(self, side: str, kinds: int) -> int:
        if self.num_images is None:
            return kinds * (self.per_combination if side == "train" else self.test_per_combination)
        share = 1 if side == "train" else self.test_per_combination / self.per_combination
        return round(self.num_images * share)


def default_left_out(classes: Sequence[int], numbers: Sequence[int]) -> tuple[str, ...]:
    """Return the thesis's rules: without 6 twice of two, 9 three times of three, and no digit."""
    published = {2: (6, "6=2"), 3: (9, "9=3")}
    digit, rule = published.get(max(numbers, default=0), (None, ""))
    return (rule, "none") if digit in classes else ("none",)


@dataclass(frozen=True, eq=False)
class Digits:
    """Digits of one class, each cropped to its ink.

    Args:
        cut: Bytes `h x w` each.
        origins: The number of each in its source.
    """

    cut: tuple[Bytes, ...]
    origins: tuple[int, ...]


def digit_pool(data: ImageData, classes: Sequence[int]) -> list[Digits]:
    """Crop the images of some classes to the bounding box of their ink.

    Args:
        data: Grey images with labels.
        classes: Labels; one pool per label, in this order.

    Raises:
        DataError: If a class has no image, or an image no ink.
    """
    assert data.labels is not None
    pools = []
    for label in classes:
        origins = torch.nonzero(data.labels == label)[:, 0].tolist()
        if not origins:
            raise DataError(f"{data.source} ({data.name}, {data.split}) holds no image of {label}")
        cut = tuple(_ink(data.images[origin, 0].numpy(), data, origin) for origin in origins)
        pools.append(Digits(cut, tuple(origins)))
    return pools


def _ink(image: Bytes, data: ImageData, origin: int) -> Bytes:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if not len(rows):
        raise DataError(f"image {origin} of {data.source} ({data.name}, {data.split}) is black")
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def compose_digits(
    pools: Sequence[Digits],
    counts: Combination,
    layout: str,
    size: int,
    random: np.random.Generator,
) -> tuple[Bytes, list[tuple[int, int, int, int]], list[int]]:
    """Compose one image.

    Args:
        pools: Digits of each class.
        counts: Number of digits per class; the order in the image is random.
        layout: One of `LAYOUTS`.
        size: Side of the image.
        random: Chooses.

    Returns:
        The image `size x size`, the box of each digit (top, left, height, width), and the number
        of each digit's image in its source.
    """
    labels = random.permutation(np.repeat(np.arange(len(counts)), counts))
    chosen = [(label, int(random.integers(len(pools[label].cut)))) for label in labels.tolist()]
    cut = [pools[label].cut[place] for label, place in chosen]
    shapes = [(digit.shape[0], digit.shape[1]) for digit in cut]
    image = np.zeros((size, size), dtype=np.uint8)
    boxes = []
    found = places(layout, shapes, size, random)
    for digit, (top, left), (height, width) in zip(cut, found, shapes, strict=True):
        image[top : top + height, left : left + width] = digit
        boxes.append((top, left, height, width))
    return image, boxes, [pools[label].origins[place] for label, place in chosen]


def build_multi_mnist(
    config: MultiMnistConfig,
    report: Report = silent,
    *,
    directory: Path | str | None = None,
    download: bool = False,
) -> CountData:
    """Compose a data set.

    Args:
        config: Settings.
        report: Callback with the number of finished images.
        directory: Folder of the source (see `load_images`).
        download: Whether a missing source may be downloaded.

    Raises:
        ConfigurationError: If digits are too large for their places.
        DataError: If the source is missing or damaged, or has no image of a class.
    """
    generators = [np.random.default_rng([config.seed, number]) for number in range(len(SIDES))]
    plans = [config.plan(*both) for both in zip(SIDES, generators, strict=True)]
    total, done = sum(map(len, plans)), 0
    sides, sources = {}, {}
    for side, plan, random in zip(SIDES, plans, generators, strict=True):
        data = load_images(
            config.source, side, directory=directory, size=config.side, download=download, pad=False
        )
        pools = digit_pool(data, config.classes)
        images = torch.zeros((len(plan), 1, config.size, config.size), dtype=torch.uint8)
        for place, counts in enumerate(plan):
            image, _, _ = compose_digits(pools, counts, config.layout, config.size, random)
            images[place, 0] = torch.from_numpy(image)
            done += 1
            report(done, total)
        counted = torch.tensor(plan, dtype=torch.int64).reshape(-1, len(config.classes))
        sides[side] = CountDataset(images, counted, config.class_names, side)
        sources[side] = _source(data)
    left_out = LeftOut(config.left_out, config.class_names)
    return CountData("multi-mnist", asdict(config), sources, separate(sides, left_out))


def _source(data: ImageData) -> dict[str, str | int]:
    return {
        "name": data.name,
        "split": data.split,
        "images": data.found,
        "sha256 of the scaled images": hashlib.sha256(data.images.numpy().tobytes()).hexdigest(),
    }
