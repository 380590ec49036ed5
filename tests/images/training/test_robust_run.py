import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.images.models import ImageAutoencoder, ImageNetworkConfig, TrainedImageModel
from latentbo.images.training import (
    ROBUST_METHODS,
    ImageRun,
    ImageTrainingConfig,
    image_method,
    make_image_loss,
)
from latentbo.models import load_model

Stopper = Callable[[int], AbstractContextManager[None]]


def make(directory: Path, name: str, kind: str = "mlp", **changes: Any) -> ImageRun:
    method = image_method(name)
    config = ImageTrainingConfig(
        epochs=3, batch_size=16, log_every=1, checkpoint_minutes=1e9, **method.training(256)
    )
    network = ImageNetworkConfig(
        kind,
        size=16,
        width=4,
        num_dimensions=3,
        num_layers=2,
        variational=config.regularizer_config.requires_variance,
    )
    return ImageRun(directory, replace(config, **changes), network, method.prior(3, 3, 3.0))


def images(n: int = 40) -> Tensor:
    """Two kinds of images, with a little noise."""
    generator = torch.Generator().manual_seed(0)
    shown = torch.randint(0, 40, (n, 1, 16, 16), generator=generator, dtype=torch.uint8)
    shown[::2, :, :8] += 200
    shown[1::2, :, :, 8:] += 200
    return shown


@pytest.mark.parametrize("name", ROBUST_METHODS)
def test_every_method_lowers_its_loss(name: str, tmp_path: Path) -> None:
    run = make(tmp_path, name)
    torch.manual_seed(0)
    judge = make_image_loss(run.config, ImageAutoencoder(run.network), run.prior)
    optimizer = torch.optim.Adam(judge.parameters(), lr=1e-2)

    @torch.no_grad()
    def judged() -> dict[str, Tensor]:
        parts: dict[str, Tensor] = judge.eval()(images(), torch.Generator().manual_seed(0))[1]
        return parts

    before = judged()
    for step in range(40):
        loss, _ = judge.train()(images(), torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = judged()
    assert after["loss"] < 0.9 * before["loss"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("coupled", "convolutional"),
        ("smooth-encoder", "mlp"),
        ("avae", "convolutional"),
        ("lipschitz-vae", "mlp"),
    ],
)
def test_a_stopped_run_goes_on_as_the_unbroken_one(
    name: str, kind: str, tmp_path: Path, stop_after: Stopper
) -> None:
    training, validation = images(32), images(40)[32:]
    unbroken = make(tmp_path / "unbroken", name, kind).train(training, validation)
    with stop_after(3):
        make(tmp_path / "broken", name, kind).train(training, validation)
    make(tmp_path / "broken", name, kind).train(training, validation)
    # From the file: what others will read.
    resumed = load_model(tmp_path / "broken", kind=TrainedImageModel)
    expected = unbroken.network.state_dict()
    assert resumed.network.state_dict().keys() == expected.keys()
    for key, tensor in expected.items():
        assert tensor.equal(resumed.network.state_dict()[key]), key
    assert resumed.provenance["settings"]["robust"]["objective"]


def test_the_folder_tells_robust_runs_apart(tmp_path: Path) -> None:
    run = make(tmp_path, "coupled", epochs=1)
    run.train(images(32), images(8))
    settings = json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))
    assert settings["training"]["robust"]["epsilon"] == 0.1
    assert run.config.robust is not None
    other = replace(run.config, robust=replace(run.config.robust, epsilon=0.2))
    with pytest.raises(ConfigurationError, match="holds a run with other settings"):
        replace(run, config=other).train(images(32), images(8))
