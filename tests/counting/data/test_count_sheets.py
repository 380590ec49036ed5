from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentbo.counting.data import CountDataset, contact_sheet
from latentbo.counting.data.sheets import MARGIN
from latentbo.errors import ConfigurationError, DataError


def dataset(channels: int) -> CountDataset:
    """Three of (0, 1), one of (2, 0): pictures of one brightness each."""
    counts = torch.tensor([[2, 0], [0, 1], [0, 1], [0, 1]])
    images = torch.tensor([200, 50, 60, 70], dtype=torch.uint8)[:, None, None, None]
    return CountDataset(images.expand(4, channels, 32, 32), counts, ("cat", "dog"), "train")


@pytest.mark.parametrize("channels", [1, 3])
def test_rows_are_combinations(tmp_path: Path, channels: int) -> None:
    path = contact_sheet(dataset(channels), tmp_path / "new" / "a.png", columns=2, title="pets")
    with Image.open(path) as image:
        sheet = np.array(image.convert("L")).astype(int)
    cell = 96 + MARGIN
    # The pictures stand at the lower right, two rows of them, to the pixel.
    right = sheet[-2 * cell :, -2 * cell :]
    assert [right[48, 48], right[48, cell + 48]] == [50, 60]
    assert [right[cell + 48, 48], right[cell + 48, cell + 48]] == [200, 255]
    assert (right[:96, :96] == 50).all()
    # Names stand beside both rows.
    left = sheet[-2 * cell :, : -2 * cell]
    assert (left[:cell] < 128).any()
    assert (left[cell:] < 128).any()


def test_the_same_sheet_twice_is_the_same_file(tmp_path: Path) -> None:
    one, other = (contact_sheet(dataset(1), tmp_path / name) for name in ("a.png", "b.png"))
    assert one.read_bytes() == other.read_bytes()


def test_few_rows_are_spread(tmp_path: Path) -> None:
    whole, part = (
        contact_sheet(dataset(1), tmp_path / f"{rows}.png", rows=rows) for rows in (2, 1)
    )
    with Image.open(whole) as large, Image.open(part) as small:
        assert large.height - small.height == 96 + MARGIN


def test_nothing_to_show(tmp_path: Path) -> None:
    empty = CountDataset(
        torch.zeros((0, 1, 4, 4), dtype=torch.uint8), torch.zeros((0, 1)).long(), ("cat",), "test"
    )
    with pytest.raises(DataError, match="'test' holds no image"):
        contact_sheet(empty, tmp_path / "a.png")
    with pytest.raises(ConfigurationError, match="columns is 0"):
        contact_sheet(dataset(1), tmp_path / "a.png", columns=0)
