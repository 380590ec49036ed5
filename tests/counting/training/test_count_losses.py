import math
from typing import Any

import pytest
import torch
from torch import Tensor

from latentbo.counting.models import DiscriminatorOutput
from latentbo.counting.training import (
    BothLosses,
    CountTrainingConfig,
    adversarial_loss,
    classified_error,
    count_error,
    discriminator_loss,
    generator_loss,
)
from latentbo.errors import ConfigurationError

TOLD = torch.tensor([[1.0, 2.0], [0.0, 4.0]])
COUNTS = torch.tensor([[1, 2], [3, 0]])
# A head that is sure of nothing, and one that gives the count 1 e times the weight of 0.
FLAT = torch.zeros(2, 2, 4)


def test_adversarial_loss_is_a_cross_entropy() -> None:
    logits = torch.tensor([0.0, math.log(3.0)])  # probabilities 1/2 and 3/4
    real = -(math.log(0.5) + math.log(0.75)) / 2
    fake = -(math.log(0.5) + math.log(0.25)) / 2
    assert float(adversarial_loss(logits, True)) == pytest.approx(real)
    assert float(adversarial_loss(logits, False)) == pytest.approx(fake)


def test_count_errors_by_hand() -> None:
    assert float(count_error(TOLD, COUNTS, "norm")) == pytest.approx((0 + 5) / 2)
    assert float(count_error(TOLD, COUNTS, "square")) == pytest.approx((9 + 16) / 4)
    with pytest.raises(ConfigurationError, match="unknown count error 'l1'"):
        count_error(TOLD, COUNTS, "l1")


def test_the_norm_has_a_gradient_where_it_is_zero() -> None:
    told = COUNTS.float().requires_grad_()
    count_error(told, COUNTS, "norm").backward()
    assert told.grad is not None
    assert told.grad.equal(torch.zeros(2, 2))


def test_classified_errors_by_hand() -> None:
    assert float(classified_error(FLAT, COUNTS)) == pytest.approx(math.log(4))
    logits = FLAT.clone()
    logits[0, 0, 1] = math.log(5.0)  # one of the four is told with 5/8
    expected = (3 * math.log(4) - math.log(5 / 8)) / 4
    assert float(classified_error(logits, COUNTS)) == pytest.approx(expected)


def judgement(counts: Tensor | None, twin: Tensor | None = None) -> DiscriminatorOutput:
    return DiscriminatorOutput(torch.zeros(2), counts, twin)


SURE = torch.nn.functional.one_hot(COUNTS, 4) * 50.0
LOG2, LOG4 = math.log(2), math.log(4)
REGRESSED, CLASSIFIED = judgement(TOLD), judgement(FLAT)


@pytest.mark.parametrize(
    ("method", "fake", "expected"),
    [
        ("mc2", REGRESSED, 2.5),
        ("cgan", judgement(None), 0.0),
        ("infogan", CLASSIFIED, LOG4),
        ("acgan", CLASSIFIED, LOG4),
        ("tacgan", judgement(FLAT, SURE), LOG4),
        ("tacgan", judgement(SURE, FLAT), -LOG4),
    ],
)
def test_losses_of_the_generator(method: str, fake: DiscriminatorOutput, expected: float) -> None:
    losses = generator_loss(method, fake, COUNTS, "norm")
    assert float(losses.adversarial) == pytest.approx(LOG2)
    assert float(losses.counts) == pytest.approx(expected, abs=1e-6)
    assert float(losses.total(0.7)) == pytest.approx(LOG2 + 0.7 * expected, abs=1e-6)


@pytest.mark.parametrize(
    ("method", "real", "fake", "expected"),
    [
        ("mc2", REGRESSED, judgement(COUNTS + 1.0), 2.5 + math.sqrt(2)),
        ("cgan", judgement(None), judgement(None), 0.0),
        ("infogan", CLASSIFIED, judgement(SURE), 0.0),  # nothing of the real images' counts
        ("infogan", judgement(SURE), CLASSIFIED, LOG4),
        ("acgan", CLASSIFIED, judgement(SURE), LOG4),
        ("acgan", judgement(SURE), CLASSIFIED, LOG4),
        ("tacgan", judgement(SURE, FLAT), judgement(SURE, FLAT), LOG4),  # twin: generated only
        ("tacgan", judgement(FLAT, SURE), judgement(FLAT, SURE), 2 * LOG4),
    ],
)
def test_losses_of_the_discriminator(
    method: str, real: DiscriminatorOutput, fake: DiscriminatorOutput, expected: float
) -> None:
    losses = discriminator_loss(method, real, fake, COUNTS, COUNTS, "norm")
    assert float(losses.adversarial) == pytest.approx(2 * LOG2)
    assert float(losses.counts) == pytest.approx(expected, abs=1e-6)
    assert isinstance(losses, BothLosses)


@pytest.mark.parametrize(
    ("method", "share", "expected"),
    [("mc2", 0.0, 2 * 2.5), ("mc2", 1.0, 2 * math.sqrt(2)), ("infogan", 0.0, LOG4)],
)
def test_the_share_of_generated_images_weighs_the_count_loss(
    method: str, share: float, expected: float
) -> None:
    real, fake = REGRESSED, judgement(COUNTS + 1.0)
    if method == "infogan":
        real, fake = judgement(SURE), CLASSIFIED
    losses = discriminator_loss(method, real, fake, COUNTS, COUNTS, "norm", share)
    assert float(losses.counts) == pytest.approx(expected, abs=1e-6)


def test_presets_are_those_of_text_and_code() -> None:
    text, code = (CountTrainingConfig.of_preset(name) for name in ("text", "code"))
    assert (text.count_weight, text.batch_size, text.betas) == (0.7, 128, (0.9, 0.999))
    assert (code.count_weight, code.batch_size, code.betas) == (1.0, 32, (0.5, 0.999))
    assert (text.count_error, code.count_error) == ("norm", "square")
    for each in (text, code):
        assert (each.learning_rate, each.epochs, each.schedule) == (1e-4, 200, "constant")
    assert CountTrainingConfig.of_preset("code", batch_size=64).batch_size == 64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count_weight": -1.0}, "count_weight must be finite and not negative, not -1"),
        ({"count_error": "l1"}, "unknown count_error 'l1'; choose one of norm, square"),
        ({"generated_share": 1.5}, r"generated_share must lie in \[0, 1\], not 1.5"),
        ({"average_decay": 1.0}, r"average_decay must lie in \[0, 1\), not 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        CountTrainingConfig(**change)
    with pytest.raises(ConfigurationError, match="unknown preset 'paper'"):
        CountTrainingConfig.of_preset("paper")
