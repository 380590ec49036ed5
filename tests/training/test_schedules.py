import pytest
import torch

from latentbo.training import LoopConfig, learning_rate_at
from latentbo.training.schedules import Schedule


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=0.8)


def make(config: LoopConfig) -> Schedule:
    return Schedule(config, optimizer(), lambda step: learning_rate_at(config, step, 100, 10))


def test_constant() -> None:
    config = LoopConfig(schedule="constant", learning_rate=0.8)
    assert {learning_rate_at(config, step, 100) for step in range(100)} == {0.8}


def test_step() -> None:
    """SVHN and CelebA: a tenth every seven epochs."""
    config = LoopConfig(schedule="step", learning_rate=2e-3, decay=0.1, patience=7)
    rates = [learning_rate_at(config, step, 10_000, 50) for step in (0, 349, 350, 699, 700)]
    assert rates == pytest.approx([2e-3, 2e-3, 2e-4, 2e-4, 2e-5])


def test_before_a_step_the_optimizer_gets_its_rate() -> None:
    config = LoopConfig(schedule="step", learning_rate=0.8, decay=0.5, patience=2)
    schedule = make(config)
    schedule.before(20)
    assert schedule.rate == 0.4
    schedule.observe(1.0)
    schedule.before(20)
    assert schedule.rate == 0.4
    assert schedule.state_dict() == {}


def test_plateau_counts_validations_without_improvement() -> None:
    schedule = make(LoopConfig(schedule="plateau", learning_rate=0.8, decay=0.5, patience=2))
    rates = []
    for loss in (3.0, 2.0, 2.5, 2.6, 1.0, 1.5, 1.4):
        schedule.before(99)
        rates.append(schedule.rate)
        schedule.observe(loss)
    # Lowered after two bad validations, then after two more.
    assert rates == [0.8, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4]
    assert schedule.rate == 0.2


def test_plateau_goes_on_where_it_was() -> None:
    config = LoopConfig(schedule="plateau", learning_rate=0.8, decay=0.5, patience=3)
    first = make(config)
    for loss in (2.0, 2.5, 2.6):
        first.observe(loss)
    second = make(config)
    second.load_state_dict(first.state_dict())
    second.observe(2.7)
    assert second.rate == 0.4
