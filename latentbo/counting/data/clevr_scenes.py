"""Real CLEVR: its pictures, with counts from its scene files (Johnson et al., CVPR 2017)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from latentbo.counting.data.combinations import Combination, LeftOut
from latentbo.counting.data.dataset import CountData, CountDataset, Report, separate, silent
from latentbo.counting.data.source_files import (
    check_folder,
    check_numbers,
    choose,
    field_of,
    frame,
    read_json,
    squash,
)
from latentbo.errors import ConfigurationError, DataError
from latentbo.images.data.pictures import read_picture

CLEVR_SHAPES = ("cylinder", "sphere", "cube")
CLEVR_COLOURS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")
#: The published test scenes are secret, so that validation is the test.
PUBLISHED = {"train": "train", "test": "val"}
ADVICE = (
    "Get CLEVR_v1.0 from https://cs.stanford.edu/people/jcjohns/clevr/ (CC BY 4.0), or generate "
    "scenes with its program, and name the folder that holds images/ and scenes/"
)


@dataclass(frozen=True)
class ClevrScenesConfig:
    """Settings of the choice of pictures.

    Args:
        by: `shape`, or `colour-shape` for classes such as `red cube`.
        shapes: The counted shapes; pictures with any other are skipped.
        most: The largest count of a class; pictures with more are skipped.
        per_combination: Maximum number of pictures per combination and side.
        left_out: Rules for combinations excluded from training (see `LeftOut`).
        size: Side of a picture in pixels.
        fit: `squash` (all of the picture, its proportions changed) or `frame` (black bars). Nothing
            is cut, so that every counted object stays on the picture.
        seed: Of the random choice.

    Raises:
        ConfigurationError: If a value cannot be used.
    """

    by: str = "shape"
    shapes: tuple[str, ...] = CLEVR_SHAPES
    most: int = 6
    per_combination: int = 2000
    left_out: tuple[str, ...] = ()
    size: int = 128
    fit: str = "squash"
    seed: int = 0

    def __post_init__(self) -> None:
        check_numbers(self.size, self.per_combination, self.most, self.seed)
        if self.by not in ("shape", "colour-shape") or self.fit not in ("squash", "frame"):
            raise ConfigurationError(
                f"by is {self.by!r} and fit is {self.fit!r}; give shape or colour-shape, and "
                "squash or frame"
            )
        if not self.shapes or not set(self.shapes) <= set(CLEVR_SHAPES):
            raise ConfigurationError(
                f"shapes are {self.shapes}; give some of {', '.join(CLEVR_SHAPES)}"
            )
        LeftOut(self.left_out, self.class_names)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes."""
        if self.by == "shape":
            return self.shapes
        return tuple(f"{colour} {shape}" for colour in CLEVR_COLOURS for shape in self.shapes)


def build_clevr_scenes(
    config: ClevrScenesConfig, folder: Path, report: Report = silent
) -> CountData:
    """Take pictures from a folder in CLEVR's layout.

    Args:
        config: Which pictures.
        folder: Holds `images/train`, `images/val`, `scenes/CLEVR_train_scenes.json` and
            `scenes/CLEVR_val_scenes.json`.
        report: Callback with the number of pictures read.

    Raises:
        DataError: If files are missing or damaged.
    """
    needed = [f"images/{name}" for name in PUBLISHED.values()]
    needed += [f"scenes/CLEVR_{name}_scenes.json" for name in PUBLISHED.values()]
    check_folder(folder, needed, "CLEVR", ADVICE)
    random = np.random.default_rng(config.seed)
    plans = {side: _plan(config, folder, side, random) for side in PUBLISHED}
    total, done = sum(map(len, plans.values())), 0
    sides = {}
    for side, plan in plans.items():
        images = torch.empty((len(plan), 3, config.size, config.size), dtype=torch.uint8)
        for place, (path, _) in enumerate(plan):
            image = read_picture(path)
            images[place] = squash(frame(image) if config.fit == "frame" else image, config.size)
            done += 1
            report(done, total)
        counts = torch.tensor([counts for _, counts in plan], dtype=torch.int64)
        counts = counts.reshape(-1, len(config.class_names))
        sides[side] = CountDataset(images, counts, config.class_names, side)
    sources = {side: f"CLEVR, {published}" for side, published in PUBLISHED.items()}
    left_out = LeftOut(config.left_out, config.class_names)
    return CountData("clevr-scenes", asdict(config), sources, separate(sides, left_out))


def _plan(
    config: ClevrScenesConfig, folder: Path, side: str, random: np.random.Generator
) -> list[tuple[Path, Combination]]:
    """Return the pictures to take and their counts."""
    name = PUBLISHED[side]
    path = folder / "scenes" / f"CLEVR_{name}_scenes.json"
    scenes = field_of(read_json(path), "scenes", list, str(path))
    found = []
    for number, scene in enumerate(scenes):
        where = f"{path}, scene {number}"
        file = field_of(scene, "image_filename", str, where)
        # A name with a folder could point outside the data set.
        if Path(file).name != file:
            raise DataError(f"{where}: {file!r} is no file name")
        counts = _counts(config, field_of(scene, "objects", list, where), where)
        if counts is not None:
            found.append((folder / "images" / name / file, counts))
    chosen = choose([counts for _, counts in found], config.per_combination, random)
    return [found[place] for place in chosen]


def _counts(
    config: ClevrScenesConfig, objects: Sequence[Mapping[str, Any]], where: str
) -> Combination | None:
    """Count the objects; None if the picture must be skipped."""
    counts = [0] * len(config.class_names)
    for entry in objects:
        shape = field_of(entry, "shape", str, where)
        colour = field_of(entry, "color", str, where)
        if shape not in CLEVR_SHAPES or colour not in CLEVR_COLOURS:
            raise DataError(f"{where}: an object is a {colour} {shape}, which CLEVR does not have")
        if shape not in config.shapes:
            return None
        named = shape if config.by == "shape" else f"{colour} {shape}"
        counts[config.class_names.index(named)] += 1
    return tuple(counts) if max(counts) <= config.most else None
