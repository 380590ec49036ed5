import json
from dataclasses import asdict
from typing import Any

import pytest

from latentbo.errors import ConfigurationError
from latentbo.training import TrainingConfig

INFINITY = float("inf")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[(name, 0) for name in ("epochs", "learning_rate", "gradient_norm")],
        ("checkpoint_minutes", -1.0),
        ("epochs", INFINITY),
        ("learning_rate", float("nan")),
        ("batch_size", 1),
        ("held_out", 3),
        ("max_length", 1),
        ("min_count", 0),
        ("log_every", 0),
        ("length_groups", 0),
        ("warmup_steps", -1),
        ("seed", -1),
        ("split_seed", -1),
        ("regularizer_weight", -0.1),
        ("regularizer_weight", INFINITY),
        ("weight_decay", -1e-9),
        ("latent_noise", float("nan")),
        ("token_dropout", 1.01),
        ("final_rate", -0.01),
        ("patience", 0),
        ("decay", 0.0),
        ("decay", 1.5),
    ],
)
def test_wrong_values_are_named(field: str, value: float) -> None:
    values: dict[str, Any] = {field: value}
    with pytest.raises(ConfigurationError, match=rf"{field} must .*{value}"):
        TrainingConfig(**values)


def test_wrong_schedules_and_betas_are_named() -> None:
    with pytest.raises(ConfigurationError, match="unknown schedule 'linear'; choose one of cosine"):
        TrainingConfig(schedule="linear")
    with pytest.raises(ConfigurationError, match=r"betas must be two numbers in \[0, 1\), not"):
        TrainingConfig(betas=(0.9, 1.0))


def test_betas_survive_json() -> None:
    config = TrainingConfig(betas=(0.5, 0.999))
    assert TrainingConfig(**json.loads(json.dumps(asdict(config)))) == config


def test_limits_are_allowed() -> None:
    config = TrainingConfig(
        epochs=0.1,
        batch_size=2,
        held_out=4,
        max_length=2,
        warmup_steps=0,
        latent_noise=0,
        token_dropout=1,
        final_rate=0,
        regularizer_weight=0,
    )
    assert TrainingConfig(**asdict(config)) == config


def test_a_vocabulary_of_no_merges_is_none_at_all() -> None:
    assert TrainingConfig(vocabulary_size=0) == TrainingConfig()
    with pytest.raises(ConfigurationError, match=r"0 .* or at least 4"):
        TrainingConfig(vocabulary_size=3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"regularized_codes": "both"}, "regularized_codes 'both'; choose one of clean, noisy"),
        ({"noise_levels": "any"}, "noise_levels 'any'; choose one of fixed, uniform"),
    ],
)
def test_unknown_kinds_of_noise_are_named(values: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        TrainingConfig(**values)  # type: ignore[arg-type]
