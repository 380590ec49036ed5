"""Small data sets in the published formats, away from the user's own data."""

import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Write = Callable[..., Path]
BOXES = Sequence[tuple[float, float, float, float]]


@pytest.fixture(autouse=True)
def no_own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder named, an empty cache."""
    monkeypatch.delenv("LATENTBO_IMAGE_DIR", raising=False)
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))


def _idx(path: Path, values: np.ndarray) -> None:
    head = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(head + values.tobytes())


@pytest.fixture(scope="session")
def mnist_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MNIST's files with blocks for digits: the brightness tells the digit, and odd is test.

    Digit d is a block of `20 (d + 1)` (plus 1 in the test split), 10 to 20 pixels a side, not in
    the middle.
    """
    folder = tmp_path_factory.mktemp("mnist")
    for odd, prefix in enumerate(("train", "t10k")):
        random = np.random.default_rng(odd)
        images = np.zeros((60, 28, 28), dtype=np.uint8)
        labels = (np.arange(60) % 10).astype(np.uint8)
        for image, label in zip(images, labels.tolist(), strict=True):
            height, width = random.integers(10, 21, 2)
            top, left = random.integers(0, (28 - height, 28 - width))
            image[top : top + height, left : left + width] = 20 * (label + 1) + odd
        _idx(folder / f"{prefix}-images-idx3-ubyte", images)
        _idx(folder / f"{prefix}-labels-idx1-ubyte", labels)
    return folder


@pytest.fixture
def write_scenes() -> Write:
    """Write a tiny CLEVR; each scene is a list of (colour, shape), picture i has brightness i."""

    def write(folder: Path, scenes: Sequence[Sequence[tuple[str, str]]]) -> Path:
        (folder / "scenes").mkdir(parents=True)
        for split in ("train", "val"):
            (folder / "images" / split).mkdir(parents=True)
            entries = []
            for number, objects in enumerate(scenes):
                name = f"CLEVR_{split}_{number:06d}.png"
                Image.new("RGB", (48, 32), (number, 0, 255)).save(folder / "images" / split / name)
                found = [{"color": colour, "shape": shape} for colour, shape in objects]
                entries.append({"image_filename": name, "objects": found})
            text = json.dumps({"info": {}, "scenes": entries})
            (folder / "scenes" / f"CLEVR_{split}_scenes.json").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def write_street() -> Write:
    """Write one Cityscapes image with its boxes; full boxes are those given, moved by 1,000."""

    def write(
        folder: Path,
        cars: BOXES,
        persons: Sequence[tuple[str, tuple[float, float, float, float]]],
        split: str = "train",
        name: str = "aachen_000000_000019",
        size: tuple[int, int] = (128, 64),
    ) -> Path:
        for kind in ("leftImg8bit", "gtBbox3d", "gtBboxCityPersons"):
            (folder / kind / split / "aachen").mkdir(parents=True, exist_ok=True)
        columns, rows = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
        pixels = np.stack([columns, rows, 0 * rows], axis=2).astype(np.uint8)
        image = folder / "leftImg8bit" / split / "aachen" / f"{name}_leftImg8bit.png"
        Image.fromarray(pixels).save(image)
        head = {"imgWidth": size[0], "imgHeight": size[1]}
        seen = [
            {"label": "car", "2d": {"modal": list(box), "amodal": [box[0] + 1000, *box[1:]]}}
            for box in cars
        ] + [{"label": "truck", "2d": {"modal": [0, 0, 60, 60], "amodal": [0, 0, 60, 60]}}]
        people = [
            {"label": label, "bboxVis": list(box), "bbox": [box[0] + 1000, *box[1:]]}
            for label, box in persons
        ]
        for kind, objects in (("gtBbox3d", seen), ("gtBboxCityPersons", people)):
            path = folder / kind / split / "aachen" / f"{name}_{kind}.json"
            path.write_text(json.dumps({**head, "objects": objects}), encoding="utf-8")
        return folder

    return write
