import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from latentbo.errors import ConfigurationError, InputError
from latentbo.images.training import SecondStage, SecondStageConfig, train_second_stage

Stopper = Callable[[int], AbstractContextManager[None]]
CONFIG = SecondStageConfig(
    epochs=40, batch_size=50, learning_rate=3e-3, width=64, num_layers=2, log_every=1000
)
SHORT = replace(CONFIG, epochs=2, width=8)


@pytest.fixture
def ring() -> Tensor:
    """Codes on a ring of radius 2 around (5, 0, 0), flat in the third dimension."""
    generator = torch.Generator().manual_seed(0)
    angles = 2 * torch.pi * torch.rand(1000, generator=generator)
    codes = torch.stack([2 * angles.cos() + 5, 2 * angles.sin(), torch.zeros(1000)], 1)
    return codes + torch.tensor([0.1, 0.1, 0.0]) * torch.randn(1000, 3, generator=generator)


def draw(stage: SecondStage, n: int = 1000, seed: int = 0) -> Tensor:
    return stage.sample(n, torch.Generator().manual_seed(seed))


def energy_distance(first: Tensor, second: Tensor) -> float:
    within = torch.cdist(first, first).mean() + torch.cdist(second, second).mean()
    return float(2 * torch.cdist(first, second).mean() - within)


def test_samples_are_nearer_to_the_codes_than_gaussians(ring: Tensor, tmp_path: Path) -> None:
    stage = train_second_stage(ring, tmp_path, CONFIG)
    drawn = draw(stage)
    normal = torch.randn(1000, 3, generator=torch.Generator().manual_seed(1))
    fitted = normal * ring.std(0) + ring.mean(0)
    assert energy_distance(drawn, ring) < 0.02 * energy_distance(normal, ring)
    assert energy_distance(drawn, ring) < 0.5 * energy_distance(fitted, ring)
    assert float(stage.log_deviation.detach().exp()) < 0.5
    assert float(drawn[:, 2].abs().max()) < 0.01


def test_a_folder_is_left_and_trained_only_once(ring: Tensor, tmp_path: Path) -> None:
    stage = train_second_stage(ring, tmp_path, SHORT)
    stamp = (tmp_path / "checkpoint.pt").stat().st_mtime_ns
    again = train_second_stage(ring, tmp_path, SHORT)
    assert draw(again).equal(draw(stage))
    assert (tmp_path / "checkpoint.pt").stat().st_mtime_ns == stamp
    assert not again.training
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert "validation_loss" in json.loads(lines[-1])


def test_a_stopped_training_goes_on_as_the_unbroken_one(
    ring: Tensor, tmp_path: Path, stop_after: Stopper
) -> None:
    unbroken = train_second_stage(ring, tmp_path / "unbroken", SHORT)
    with stop_after(7):
        train_second_stage(ring, tmp_path / "broken", SHORT)
    assert draw(train_second_stage(ring, tmp_path / "broken", SHORT)).equal(draw(unbroken))


def test_the_seed_decides(ring: Tensor, tmp_path: Path) -> None:
    configs = (SHORT, SHORT, replace(SHORT, seed=1))
    one, same, other = (
        draw(train_second_stage(ring, tmp_path / str(i), config))
        for i, config in enumerate(configs)
    )
    assert one.equal(same)
    assert not one.equal(other)


def test_deviations_of_the_encoder_widen_the_codes(ring: Tensor, tmp_path: Path) -> None:
    wide = torch.tensor([0.0, 0.0, 3.0]).expand_as(ring)
    stage = train_second_stage(ring, tmp_path, replace(CONFIG, epochs=10), deviations=wide)
    torch.testing.assert_close(stage.deviation[2], torch.tensor(3.0))
    assert 2 < float(draw(stage)[:, 2].std()) < 4


def test_another_folder_is_needed_for_other_settings(ring: Tensor, tmp_path: Path) -> None:
    train_second_stage(ring, tmp_path, SHORT)
    with pytest.raises(ConfigurationError, match="other settings: give another folder"):
        train_second_stage(ring, tmp_path, replace(SHORT, width=9))


def test_what_cannot_be_trained_is_refused(ring: Tensor, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"codes are \(19, 3\).*n of at least 20"):
        train_second_stage(ring[:19], tmp_path / "a")
    with pytest.raises(InputError, match=r"deviations \(1000, 2\)"):
        train_second_stage(ring, tmp_path / "a", deviations=ring[:, :2])
    ring[0] = torch.inf
    with pytest.raises(InputError, match="not finite"):
        train_second_stage(ring, tmp_path / "a")
    assert not (tmp_path / "a").exists()
    with pytest.raises(ConfigurationError, match="width must be at least 1, not 0"):
        replace(SHORT, width=0)
