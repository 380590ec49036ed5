"""Writers of small files in the published formats, away from the user's own data and network."""

import gzip
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from latentbo.images.data.registry import IMAGE_DATASETS

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder named, an empty cache."""
    monkeypatch.delenv("LATENTBO_IMAGE_DIR", raising=False)
    monkeypatch.setenv("LATENTBO_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def no_system_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without Debian's package."""
    for name, dataset in IMAGE_DATASETS.items():
        monkeypatch.setitem(IMAGE_DATASETS, name, replace(dataset, system_folders=()))


@pytest.fixture
def write_idx() -> Write:
    """Write an array of bytes as an IDX file; gzipped if its name ends so."""

    def write(path: Path, values: npt.NDArray[np.uint8]) -> Path:
        head = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
        content = head + values.tobytes()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
        return path

    return write


@pytest.fixture
def write_mnist(write_idx: Write) -> Write:
    """Write a split in MNIST's files, `count` random images from a seed."""

    def write(
        folder: Path, count: int = 20, split: str = "train", suffix: str = ".gz", seed: int = 0
    ) -> Path:
        random = np.random.default_rng(seed)
        prefix = {"train": "train", "test": "t10k"}[split]
        images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = random.integers(0, 10, count, dtype=np.uint8)
        write_idx(folder / f"{prefix}-images-idx3-ubyte{suffix}", images)
        write_idx(folder / f"{prefix}-labels-idx1-ubyte{suffix}", labels)
        return folder

    return write


@pytest.fixture
def write_picture() -> Write:
    """Write a picture of one colour."""

    def write(
        path: Path, colour: tuple[int, ...] = (10, 20, 30), size: tuple[int, int] = (8, 8)
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = {3: "RGB", 4: "RGBA"}[len(colour)]
        Image.new(mode, size, colour).save(path)
        return path

    return write


@pytest.fixture
def write_celeba(write_picture: Write) -> Write:
    """Write a tiny CelebA; `splits` counts pictures by the number in the list."""

    def write(folder: Path, splits: Mapping[int, int]) -> Path:
        lines: list[str] = []
        for split in (number for number, count in splits.items() for _ in range(count)):
            name = f"{len(lines) + 1:06d}.jpg"
            colour = (10 * (len(lines) + 1), 50 * split, 0)
            write_picture(folder / "img_align_celeba" / name, colour, (178, 218))
            lines.append(f"{name} {split}\n")
        (folder / "list_eval_partition.txt").write_text("".join(lines), encoding="utf-8")
        return folder

    return write
