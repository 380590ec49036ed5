from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError
from latentbo.images.metrics import ClassifierConfig
from latentbo.images.training import ClassifierTraining, predict, train_classifier
from latentbo.training import loop

Stopper = Callable[[int], AbstractContextManager[None]]
SIZES = ClassifierConfig(size=16, num_classes=2, width=4, num_features=8)
CONFIG = ClassifierTraining(
    epochs=6, batch_size=20, warmup_steps=0, log_every=1, checkpoint_minutes=1e9
)


@pytest.fixture
def labelled() -> tuple[Tensor, Tensor]:
    """Bars that lie or stand, at random places."""
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(120, 1, 16, 16, dtype=torch.uint8)
    labels = torch.arange(120) % 2
    for image, label in zip(images, labels, strict=True):
        place = int(torch.randint(0, 14, (), generator=generator))
        bar = image[0] if label else image[0].t()
        bar[place : place + 2] = 255
    return images, labels


def parts(data: tuple[Tensor, Tensor], rows: slice) -> tuple[Tensor, Tensor]:
    return data[0][rows], data[1][rows]


def test_a_classifier_learns_what_it_has_not_seen(
    labelled: tuple[Tensor, Tensor], tmp_path: Path
) -> None:
    training, rest = parts(labelled, slice(0, 100)), parts(labelled, slice(100, 120))
    config = replace(CONFIG, epochs=20)
    network = train_classifier(tmp_path / "run", SIZES, config, training, rest)
    right = predict(network, rest[0]) == rest[1]
    assert right.float().mean() >= 0.9


def test_a_stopped_training_goes_on_as_the_unbroken_one(
    labelled: tuple[Tensor, Tensor], tmp_path: Path, stop_after: Stopper
) -> None:
    training, rest = parts(labelled, slice(0, 100)), parts(labelled, slice(100, 120))
    whole = train_classifier(tmp_path / "whole", SIZES, CONFIG, training, rest)
    with stop_after(3):
        train_classifier(tmp_path / "cut", SIZES, CONFIG, training, rest)
    again = train_classifier(tmp_path / "cut", SIZES, CONFIG, training, rest)
    for name, value in whole.state_dict().items():
        assert value.equal(again.state_dict()[name]), name
    assert loop.total_steps(CONFIG, 100) == 30


def test_other_settings_are_refused(labelled: tuple[Tensor, Tensor], tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1)
    train_classifier(tmp_path, SIZES, config, labelled, labelled)
    with pytest.raises(ConfigurationError, match="holds a run with other settings"):
        train_classifier(tmp_path, SIZES, replace(config, seed=1), labelled, labelled)
