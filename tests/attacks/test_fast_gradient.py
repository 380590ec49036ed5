from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from latentbo.attacks import (
    AttackedModel,
    Budget,
    DamageGoal,
    FastGradientSign,
    fast_gradient_sign,
)
from latentbo.errors import ConfigurationError

Seeded = Callable[[int], torch.Generator]


def test_by_hand(seeded: Seeded) -> None:
    # One code, 2 a - b: from the start the step goes along sign(change) * (1, -1).
    weights = torch.tensor([[2.0], [-1.0]])
    inputs = torch.tensor([[0.5, 0.5], [0.1, 0.95]])
    budget = Budget(0.3, "maximum")
    start = budget.start(inputs, seeded(3))
    change = (start - inputs) @ weights
    step = 0.375 * change.sign() * torch.tensor([[1.0, -1.0]])
    expected = (inputs + (start + step - inputs).clamp(-0.3, 0.3)).clamp(0, 1)
    found = fast_gradient_sign(
        lambda images: images @ weights, inputs, inputs @ weights, budget, seeded(3)
    )
    torch.testing.assert_close(found, expected)


def test_starts_are_uniform(seeded: Seeded) -> None:
    inputs = torch.full((200, 100), 0.5)
    changes = Budget(0.3, "maximum").start(inputs, seeded(0)) - inputs
    assert float(changes.abs().max()) <= 0.3 + 1e-6
    assert float(changes.mean()) == pytest.approx(0.0, abs=0.005)
    assert float(changes.std()) == pytest.approx(0.6 / 12**0.5, rel=0.02)


def test_codes_move_further_than_by_noise(
    model: AttackedModel, images: Tensor, seeded: Seeded
) -> None:
    budget = Budget(0.1, "maximum")
    codes = model.encode(images).detach()
    found = fast_gradient_sign(model.encode, images, codes, budget, seeded(0))
    noise = images + 0.1 * torch.randn(images.shape, generator=seeded(1)).sign()
    shifts = [
        float((model.encode(each).detach() - codes).norm(dim=1).mean())
        for each in (found, budget.confine(images, noise))
    ]
    assert shifts[0] > 2 * shifts[1]


def test_is_a_constant_for_training(model: AttackedModel, images: Tensor, seeded: Seeded) -> None:
    codes = model.encode(images)
    with torch.no_grad():
        found = fast_gradient_sign(model.encode, images, codes, Budget(0.1, "maximum"), seeded(0))
    assert codes.requires_grad
    assert not found.requires_grad


def test_the_attack_is_the_same_function(
    model: AttackedModel, images: Tensor, seeded: Seeded
) -> None:
    budget = Budget(0.1, "maximum")
    codes = model.encode(images)
    result = FastGradientSign()(model, images, budget, seeded(0))
    found = fast_gradient_sign(model.encode, images, codes, budget, seeded(0))
    torch.testing.assert_close(result.inputs, found)
    shifts = (model.encode(found) - codes).norm(dim=1).detach()
    torch.testing.assert_close(result.record.losses, shifts)
    damage = FastGradientSign(DamageGoal())(model, images, budget, seeded(0))
    assert damage.record.goal == "damage"


def test_errors(model: AttackedModel, images: Tensor, seeded: Seeded) -> None:
    with pytest.raises(ConfigurationError, match=r"maximum norm, not 'euclidean': use Budget\(1"):
        FastGradientSign()(model, images, Budget(1.0), seeded(0))
    with pytest.raises(ConfigurationError, match="step_share must be positive, got 0"):
        FastGradientSign(step_share=0.0)
