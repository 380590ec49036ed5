import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.images.models import ImageNetworkConfig, TrainedImageModel
from latentbo.images.training import ImageRun, ImageTrainingConfig, grid_png
from latentbo.models import load_model
from latentbo.priors import GaussianMixturePrior

Stopper = Callable[[int], AbstractContextManager[None]]
NETWORK = ImageNetworkConfig(size=16, width=2, num_dimensions=3)
CONFIG = ImageTrainingConfig(epochs=4, batch_size=20, log_every=1, checkpoint_minutes=1e9)


def make(directory: Path, **changes: Any) -> ImageRun:
    prior = GaussianMixturePrior.one_hot(3, 3, scale=3.0)
    return ImageRun(directory, replace(CONFIG, **changes), NETWORK, prior)


@pytest.fixture
def squares() -> Tensor:
    """Bright squares at random places."""
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(100, 1, 16, 16, dtype=torch.uint8)
    for image in images:
        top, left = torch.randint(0, 10, (2,), generator=generator).tolist()
        image[0, top : top + 6, left : left + 6] = 255
    return images


def rows(directory: Path) -> list[dict[str, Any]]:
    text = (directory / "metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) | {"rows_per_second": 0} for line in text.splitlines()]


def test_training_learns_and_leaves_a_folder(squares: Tensor, tmp_path: Path) -> None:
    model = make(tmp_path / "run", epochs=30).train(squares[:80], squares[80:])
    steps = rows(tmp_path / "run")
    assert steps[-1]["reconstruction"] < 0.5 * steps[0]["reconstruction"]
    again = load_model(tmp_path / "run", kind=TrainedImageModel)
    assert again.reconstruct(squares).equal(model.reconstruct(squares))
    assert again.provenance["settings"]["regularizer"] == "gmm-ks"
    for name in ("samples", "reconstructions", "interpolations"):
        assert (tmp_path / "run" / "pictures" / f"{name}.png").exists()
    drawn = sorted(path.name for path in (tmp_path / "run" / "pictures").glob("epoch-*"))
    assert drawn == ["epoch-001.00", "epoch-002.00", "epoch-005.00", "epoch-010.00", "epoch-020.00"]


def test_a_stopped_run_goes_on_as_the_unbroken_one(
    squares: Tensor, tmp_path: Path, stop_after: Stopper
) -> None:
    unbroken = make(tmp_path / "unbroken").train(squares[:80], squares[80:])
    with stop_after(6):
        make(tmp_path / "broken").train(squares[:80], squares[80:])
    assert not (tmp_path / "broken" / "model.safetensors").exists()
    resumed = make(tmp_path / "broken").train(squares[:80], squares[80:])
    assert rows(tmp_path / "broken") == rows(tmp_path / "unbroken")
    for name, tensor in unbroken.network.state_dict().items():
        assert tensor.equal(resumed.network.state_dict()[name]), name


def test_a_folder_with_other_settings_is_refused(squares: Tensor, tmp_path: Path) -> None:
    make(tmp_path).train(squares[:40], squares[80:])
    with pytest.raises(
        ConfigurationError, match=r"holds a run with other settings.*training\.json"
    ):
        make(tmp_path, epochs=5).train(squares[:40], squares[80:])


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="kl needs a variational network"):
        make(tmp_path, regularizer="kl")
    with pytest.raises(ConfigurationError, match="codes of 3 dimensions, the prior 4"):
        ImageRun(tmp_path, CONFIG, NETWORK, GaussianMixturePrior.standard_normal(4))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_grid_places_each_picture() -> None:
    pictures = torch.rand(2, 3, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    pixels = torch.frombuffer(bytearray(opened(grid_png(pictures)).tobytes()), dtype=torch.uint8)
    assert len(pixels) == 102 * 152
    seen = pixels.view(102, 152)[52:100, 102:150]
    torch.testing.assert_close(seen.float() / 255, pictures[1, 2, 0], atol=0.002, rtol=0)


def test_small_pictures_are_enlarged_and_colours_kept() -> None:
    pictures = torch.zeros(1, 1, 3, 8, 8)
    pictures[0, 0, 1] = 1.0
    picture = opened(grid_png(pictures))
    assert picture.size == (52, 52)
    assert picture.getpixel((25, 25)) == (0, 255, 0)
    assert picture.getpixel((0, 0)) == (128, 128, 128)
