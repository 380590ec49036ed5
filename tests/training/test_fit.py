import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from latentbo.counting.training import StyleTrainingConfig
from latentbo.errors import ConfigurationError, InputError
from latentbo.training import LoopConfig, Loss, Progress
from latentbo.training.fit import at_epochs, claim_folder, fit, provenance_of, read_settings
from latentbo.training.loop import LossAndParts

CONFIG = LoopConfig(epochs=2, batch_size=4, warmup_steps=0, log_every=1)
NUMBERS = torch.linspace(-1, 1, 12)[:, None]


class Slope(Loss):
    """Fits a line through pairs of numbers that are not negative."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.network = nn.Linear(1, 1)

    def check(self, *rows: Tensor) -> None:
        if bool((rows[1] < 0).any()):
            raise InputError("a number is negative")

    def forward(self, numbers: Tensor, values: Tensor, generator: torch.Generator) -> LossAndParts:
        noise = torch.randn(numbers.shape, generator=generator)
        loss = (self.network(numbers + 0.01 * noise) - values).square().mean()
        return loss, {"loss": loss.detach()}


def test_a_folder_is_claimed_and_trained_once(tmp_path: Path) -> None:
    pairs = (NUMBERS, NUMBERS.square())
    shown: list[Progress] = []
    loss = Slope()
    settings = {"network": {"width": 1}}
    fit(tmp_path, loss, CONFIG, pairs, pairs, settings=settings, reports=(shown.append,))
    assert [progress.step for progress in shown] == [1, 2, 3, 4, 5, 6]
    assert not loss.network.training
    assert read_settings(tmp_path) == {
        "training": json.loads(json.dumps(CONFIG.as_settings())),
        **settings,
    }
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"training.json", "metrics.jsonl", "tensorboard", "checkpoint.pt"}
    again = Slope()
    fit(tmp_path, again, CONFIG, pairs, pairs, settings=settings, reports=(shown.append,))
    assert len(shown) == 6
    weights = loss.network.state_dict()["weight"]
    assert again.network.state_dict()["weight"].equal(weights)
    with pytest.raises(ConfigurationError, match="holds a run with other settings"):
        fit(tmp_path, Slope(), CONFIG, pairs, pairs, settings={"network": {"width": 2}})


def test_data_that_the_loss_refuses_leave_no_folder(tmp_path: Path) -> None:
    good, bad = (NUMBERS, NUMBERS.square()), (NUMBERS, NUMBERS)
    for training, validation in ((bad, good), (good, bad)):
        with pytest.raises(InputError, match="a number is negative"):
            fit(tmp_path / "run", Slope(), CONFIG, training, validation, settings={})
    assert not (tmp_path / "run").exists()


def test_settings_of_version_0_1_are_still_the_same(tmp_path: Path) -> None:
    """It wrote options that are None for GANs."""
    config = StyleTrainingConfig()
    assert config.r1_weight is None
    old = {"training": asdict(config), "network": {"size": 8}}
    (tmp_path / "training.json").write_text(json.dumps(old), encoding="utf-8")
    claim_folder(tmp_path, {"training": config.as_settings(), "network": {"size": 8}})
    other = StyleTrainingConfig(r1_weight=1.0).as_settings()
    with pytest.raises(ConfigurationError, match="other settings"):
        claim_folder(tmp_path, {"training": other, "network": {"size": 8}})


def test_reports_at_epochs_come_once_after_each() -> None:
    names: list[str] = []
    report = at_epochs(names.append, (1, 2, 5))
    for epoch in (0.5, 1.2, 1.9, 2.0, 3.0, 12.25):
        report(Progress(1, 10, epoch, {}))
    assert names == ["epoch-001.20", "epoch-002.00", "epoch-012.25"]


def test_provenance_has_the_settings() -> None:
    known = {"data": "numbers"}
    assert provenance_of(CONFIG, known) == {"data": "numbers", "settings": CONFIG.as_settings()}
    assert provenance_of(CONFIG, None) == {"settings": CONFIG.as_settings()}
